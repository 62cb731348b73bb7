using System.Globalization;
using System.Text.RegularExpressions;
using AlexNetCuda.IO;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cli.Tests.Training;

public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A small network on small pictures: a step takes milliseconds.</summary>
    internal static string[] Small(string data, string run, params string[] more) => Small(0.0625, data, run, more);

    private static string[] Small(double width, string data, string run, params string[] more) =>
        ["train", data, "--checkpoint", run, "--device", "cpu", "--threads", "2", "--width", width.ToString(CultureInfo.InvariantCulture), "--input-size", "67", "--batch", "8", .. more];

    [Fact]
    public void A_small_network_learns_shapes_far_above_chance()
    {
        string data = Shapes.Draw(_folder["shapes"], 40);
        RunResult result = Alexnet.Run(Small(data, _folder["run"], "--epochs", "12", "--lr", "0.01"));
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("Data: 128 pictures of 4 classes to train with, 32 to measure with", result.Lines);
        Assert.Equal(12, result.Lines.Count(l => l.StartsWith("epoch ", StringComparison.Ordinal)));
        Assert.DoesNotContain('\r', result.Output.ReplaceLineEndings("\n"));

        // Chance is 25%; it reaches 100%.
        Assert.InRange(Accuracy(Alexnet.Run("evaluate", data, "--checkpoint", _folder["run"], "--device", "cpu")), 80, 100);
        Assert.Equal(3, Directory.GetFiles(_folder["run"], "step-*.safetensors").Length);
        Assert.True(File.Exists(Path.Combine(_folder["run"], "step-00000192.safetensors")));

        RunResult classified = Alexnet.Run("classify", Path.Combine(data, "disc", "000.ppm"), Path.Combine(data, "cross", "001.ppm"), "--checkpoint", _folder["run"], "--device", "cpu", "--top", "2");
        Assert.Equal((0, ""), (classified.Code, classified.Error));
        Assert.Matches(@"000\.ppm: disc \d+\.\d%, \w+ \d+\.\d%", classified.Lines[0]);
        Assert.Matches(@"001\.ppm: cross \d+\.\d%, \w+ \d+\.\d%", classified.Lines[1]);
    }

    [Fact]
    public void Classes_of_other_pictures_are_found_by_their_names_or_refused()
    {
        string data = Shapes.Draw(_folder["shapes"], 10), other = Shapes.Draw(_folder["other"], 3, seed: 2);
        Assert.Equal(0, Alexnet.Run(Small(data, _folder["run"], "--epochs", "1")).Code);
        Directory.Delete(Path.Combine(other, "cross"), recursive: true); // so that the others have other numbers than in the model
        RunResult result = Alexnet.Run("evaluate", other, "--checkpoint", _folder["run"], "--device", "cpu", "--views", "5");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("all 9 pictures", result.Output, StringComparison.Ordinal);
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^stripes( +[\d.]+){4} +\d+\.\d%$"));
        Directory.Move(Path.Combine(other, "disc"), Path.Combine(other, "disk"));
        RunResult refused = Alexnet.Run("evaluate", other, "--checkpoint", _folder["run"], "--device", "cpu");
        Assert.Equal(1, refused.Code);
        Assert.Contains("its class 'disk' is none of the model's, which are cross, disc, square, stripes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, Alexnet.Run("evaluate", other, "--checkpoint", _folder["run"], "--views", "3").Code);
    }

    [Fact]
    public void A_small_network_learns_hand_signs_far_above_chance()
    {
        string? signs = TestData.FindShared("data", "sign-digits");
        Assert.SkipWhen(signs is null, "the photographs of hand signs are not there");
        foreach (string name in new[] { "0", "1", "2", "3" })
        {
            Directory.CreateDirectory(Path.Combine(_folder["signs"], name));
            foreach (string file in Directory.GetFiles(Path.Combine(signs, name)).Order(StringComparer.Ordinal).Take(60))
                File.Copy(file, Path.Combine(_folder["signs"], name, Path.GetFileName(file)));
        }

        RunResult result = Alexnet.Run(Small(0.125, _folder["signs"], _folder["run"], "--epochs", "12", "--lr", "0.01"));
        Assert.SkipWhen(result.Error.Contains("turbojpeg", StringComparison.OrdinalIgnoreCase), "libjpeg-turbo is not there");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.InRange(Accuracy(Alexnet.Run("evaluate", _folder["signs"], "--checkpoint", _folder["run"], "--device", "cpu", "--views", "10")), 60, 100); // chance is 25%
    }

    [Fact]
    public void A_picture_that_is_damaged_is_named_once_and_skipped()
    {
        string data = Shapes.Draw(_folder["shapes"], 10);
        string bad = Path.Combine(data, "disc", "003.ppm");
        File.WriteAllBytes(bad, File.ReadAllBytes(bad)[..200]);
        RunResult result = Alexnet.Run(Small(data, _folder["run"], "--epochs", "2"));
        Assert.Equal(0, result.Code);
        Assert.Contains("003.ppm", result.Message, StringComparison.Ordinal);
        Assert.EndsWith("It is skipped.", result.Message, StringComparison.Ordinal);
        Assert.Equal(1, Alexnet.Run("classify", bad, "--checkpoint", _folder["run"], "--device", "cpu").Code);
    }

    [Fact]
    public void Weights_of_another_task_are_taken_but_for_the_last_layer_and_frozen_layers_keep_theirs()
    {
        string data = Shapes.Draw(_folder["shapes"], 10), other = Shapes.Draw(_folder["three"], 10);
        Directory.Delete(Path.Combine(other, "stripes"), recursive: true);
        Assert.Equal(0, Alexnet.Run(Small(data, _folder["first"], "--epochs", "1")).Code);
        string from = Directory.GetFiles(_folder["first"], "*.safetensors").Single();
        RunResult refused = Alexnet.Run(Small(other, _folder["second"], "--epochs", "1", "--from", from));
        Assert.Equal(1, refused.Code);
        Assert.Contains("fc8", refused.Message, StringComparison.Ordinal);
        RunResult result = Alexnet.Run(Small(other, _folder["second"], "--epochs", "1", "--from", from, "--skip", "fc8", "--freeze", "conv*", "--rates", "fc6*=0.5:0"));
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("begun anew: fc8", result.Output, StringComparison.Ordinal);
        string to = Directory.GetFiles(_folder["second"], "*.safetensors").Single();
        Assert.Equal(Read(from, "conv2/weights"), Read(to, "conv2/weights"));
        Assert.NotEqual(Read(from, "fc6/weights"), Read(to, "fc6/weights"));
        using var checkpoint = SafetensorsFile.Open(to);
        Assert.Null(checkpoint.Find("momentum/conv2/weights"));
        Assert.NotNull(checkpoint.Find("momentum/fc8/weights"));
    }

    [Theory]
    [InlineData("'--epochs' 0", "--epochs is a whole number from 1")]
    [InlineData("--lr fast", "--lr is a number of at least 0, not 'fast'")]
    [InlineData("--val 1", "--val is above 0 and below 1")]
    [InlineData("--network alexnet-conv", "has no classes")]
    [InlineData("--network lenet", "There is no network 'lenet'")]
    [InlineData("--preprocess none", "--preprocess is one of plain, meanimage, caffe, torchvision")]
    [InlineData("--skip fc8", "--skip has a meaning only with --from")]
    [InlineData("--resume --lr 1", "leave --lr out")]
    [InlineData("--width 0", "The width is above 0")]
    public void What_makes_no_sense_is_refused(string options, string part)
    {
        string[] args = ["train", _folder.Path, .. options.Replace("'", "", StringComparison.Ordinal).Split(' ')];
        RunResult result = Alexnet.Run(args);
        Assert.Equal(2, result.Code);
        Assert.Contains(part, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--schedule stairs", "There is no schedule 'stairs'")]
    [InlineData("--augment blur", "'blur' is no way to vary pictures")]
    [InlineData("--rates conv", "is not PATTERN=RATE")]
    [InlineData("--freeze nothing", "matches no layer")]
    [InlineData("--from nowhere.safetensors", "nowhere.safetensors")]
    [InlineData("--lr 1e30 --clip 0", "diverged")]
    public void What_cannot_be_done_fails_and_leaves_no_checkpoint(string options, string part)
    {
        RunResult result = Alexnet.Run(Small(Shapes.Draw(_folder["shapes"], 8), _folder["run"], [.. options.Split(' '), "--epochs", "1"]));
        Assert.Equal(1, result.Code);
        Assert.Contains(part, result.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    internal static double Accuracy(RunResult result)
    {
        Assert.Equal((0, ""), (result.Code, result.Error));
        Match match = Regex.Match(result.Output, @"^top-1 (?<share>\d+\.\d)% \(", RegexOptions.Multiline | RegexOptions.ExplicitCapture);
        Assert.True(match.Success, result.Output);
        return double.Parse(match.Groups["share"].Value, CultureInfo.InvariantCulture);
    }

    private static float[] Read(string path, string name)
    {
        using var file = SafetensorsFile.Open(path);
        SafetensorsTensor tensor = file.Find(name)!;
        var values = new float[tensor.Count];
        file.Read(tensor, values);
        return values;
    }
}
