using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.Cli.Tests.Training;

/// <summary>A run that is ended in any way goes on to the very bits it would have had.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Kills = 10;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_that_is_killed_at_any_moment_resumes_to_the_same_bits()
    {
        // 4 epochs of 10 updates; everything that a step draws: crops, mirroring, turning, dropout.
        string data = Shapes.Draw(_folder["shapes"], 25);
        string[] Args(string run) => TrainTests.Small(data, run, "--network", "alexnet-2012", "--epochs", "4", "--save-every", "1", "--augment", "crop,mirror,colour,scale=0.1,rotate=10");
        Assert.Equal(0, Alexnet.Run(Args(_folder["straight"])).Code);

        var random = new Random(7);
        int killed = 0, written = 0;
        for (string? newest = null; killed < Kills; killed++)
        {
            using Process process = Alexnet.Start(newest is null ? Args(_folder["killed"]) : ["train", data, "--checkpoint", _folder["killed"], "--device", "cpu", "--threads", "2", "--save-every", "1", "--resume"]);
            Task output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

            // Some moment after the next checkpoint: updates take some milliseconds, and most of the time is writing.
            while (Newest() == newest && !process.HasExited) await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(40), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await output;
            newest = Newest();
            if (Directory.GetFiles(_folder["killed"], ".step*").Length > 0) written++;
            if (Path.GetFileName(newest) == "step-00000040.safetensors") break;
        }

        TestContext.Current.SendDiagnosticMessage($"{killed} killed, {written} of them while they wrote");
        RunResult rest = Alexnet.Run("train", data, "--checkpoint", _folder["killed"], "--device", "cpu", "--threads", "2", "--resume");
        Assert.Equal((0, ""), (rest.Code, rest.Error));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["straight"], "step-00000040.safetensors")), File.ReadAllBytes(Newest()!));
        Assert.Empty(Directory.GetFiles(_folder["killed"], ".step*")); // what the killed ones were writing

        string? Newest() => Directory.Exists(_folder["killed"]) ? Directory.GetFiles(_folder["killed"], "step-*.safetensors").Order(StringComparer.Ordinal).LastOrDefault() : null;
    }

    [Theory]
    [InlineData("cpu", "float32", "--accumulate 3 --clip 0.5")]
    [InlineData("cpu", "float32", "--clip 0 --nesterov")]
    [InlineData("sim:80", "float32", "")]
    [InlineData("sim:80", "float16", "--accumulate 2")]
    public void More_epochs_than_at_first_are_those_of_a_longer_run(string device, string precision, string more)
    {
        // With a fixed rate two epochs are one, and another one. Kinds of momentum, sums, and the loss scale of float16 are part of what is kept.
        string data = Shapes.Draw(_folder["shapes"], 5);
        string[] own = [.. more.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--schedule", "fixed:warmup=3"];
        string[] where = device == "cpu" ? ["--device", device, "--threads", "2"] : ["--device", device, "--precision", precision, "--deterministic"];
        string[] Args(string run, int epochs) =>
            ["train", data, "--checkpoint", _folder[run], .. where, "--width", "0.03", "--input-size", "64", "--batch", "4", "--epochs", $"{epochs}", .. own];
        Assert.Equal((0, ""), Ended(Alexnet.Run(Args("long", 2))));
        Assert.Equal((0, ""), Ended(Alexnet.Run(Args("short", 1))));
        Assert.Equal((0, ""), Ended(Alexnet.Run(["train", data, "--checkpoint", _folder["short"], .. where, "--resume", "--epochs", "2"])));
        string newest = Directory.GetFiles(_folder["long"]).Where(f => f.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Last();
        Assert.Equal(File.ReadAllBytes(newest), File.ReadAllBytes(Path.Combine(_folder["short"], Path.GetFileName(newest))));

        static (int, string) Ended(RunResult result) => (result.Code, result.Error);
    }

    [Fact]
    public void An_interrupted_run_saves_what_it_has_and_says_so()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        string data = Shapes.Draw(_folder["shapes"], 20);
        using Process process = Alexnet.Start(TrainTests.Small(data, _folder["run"], "--epochs", "100000"));
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("epoch 2/", StringComparison.Ordinal)) { }
        using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
        process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        string saved = error.Split("saved after ")[1].Split(' ')[0];
        Assert.True(File.Exists(Path.Combine(_folder["run"], $"step-{int.Parse(saved, System.Globalization.CultureInfo.InvariantCulture):d8}.safetensors")), error);
    }

    [Fact]
    public void A_newest_checkpoint_that_is_damaged_is_named_and_the_one_before_is_taken()
    {
        string data = Shapes.Draw(_folder["shapes"], 10);
        Assert.Equal(0, Alexnet.Run(TrainTests.Small(data, _folder["run"], "--epochs", "2")).Code);
        string[] files = [.. Directory.GetFiles(_folder["run"], "step-*").Order(StringComparer.Ordinal)];
        byte[] whole = File.ReadAllBytes(files[^1]);
        File.WriteAllBytes(files[^1], whole[..^100]);
        RunResult result = Alexnet.Run("train", data, "--checkpoint", _folder["run"], "--device", "cpu", "--threads", "2", "--resume");
        Assert.Equal(0, result.Code);
        Assert.Contains("An older checkpoint is taken.", result.Message, StringComparison.Ordinal);
        Assert.Equal(whole, File.ReadAllBytes(files[^1]));
    }

    [Fact]
    public void A_run_is_not_begun_over_another_nor_resumed_with_other_pictures()
    {
        string data = Shapes.Draw(_folder["shapes"], 10);
        Assert.Equal(0, Alexnet.Run(TrainTests.Small(data, _folder["run"], "--epochs", "1")).Code);
        RunResult again = Alexnet.Run(TrainTests.Small(data, _folder["run"], "--epochs", "1"));
        Assert.Equal(1, again.Code);
        Assert.Contains("--resume goes on with it", again.Message, StringComparison.Ordinal);
        File.Move(Path.Combine(data, "disc", "000.ppm"), Path.Combine(data, "square", "zzz.ppm"));
        RunResult other = Alexnet.Run("train", data, "--checkpoint", _folder["run"], "--device", "cpu", "--resume", "--epochs", "2");
        Assert.Equal(1, other.Code);
        Assert.Contains("not the pictures", other.Message, StringComparison.Ordinal);
        RunResult none = Alexnet.Run("train", data, "--checkpoint", _folder["empty"], "--device", "cpu", "--resume");
        Assert.Equal(1, none.Code);
        Assert.Contains("there is no checkpoint", none.Message, StringComparison.Ordinal);
    }
}
