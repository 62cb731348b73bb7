using AlexNetCuda.IO;
using Xunit;

namespace AlexNetCuda.Cli.Tests.Training;

/// <summary>What a run leaves behind, and what is made of it.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_leaves_metrics_and_events_and_becomes_a_page()
    {
        string data = Shapes.Draw(_folder["shapes"], 10), run = _folder["run"];
        Assert.Equal(0, Alexnet.Run(TrainTests.Small(data, run, "--epochs", "2")).Code);
        Assert.Equal(0, Alexnet.Run("train", data, "--checkpoint", run, "--device", "cpu", "--resume", "--epochs", "3").Code);

        // 32 pictures are 4 batches of 8: a line of training and one of validation an epoch.
        IReadOnlyList<MetricsRow> metrics = MetricsFile.Read(Path.Combine(run, "metrics.csv"));
        Assert.Equal([4, 4, 8, 8, 12, 12], metrics.Select(m => m.Step));
        Assert.Equal([1, 1, 2, 2, 3, 3], metrics.Select(m => m.Epoch));
        Assert.All(metrics, m => Assert.InRange(m.Loss!.Value, 0, 20));
        Assert.All(metrics.Where(m => m.Phase == MetricsPhase.Training), m => Assert.InRange(m.DataWaitShare!.Value, 0, 1));
        Assert.Equal(2, Directory.GetFiles(run, "events.out.tfevents.*").Length); // the resumed run has a file of its own

        RunResult result = Alexnet.Run("report", run, "--device", "cpu");
        Assert.Equal((0, ""), (result.Code, result.Error));
        string page = Path.Combine(run, "report.html");
        Assert.Equal(page, result.Lines[^1]);
        string html = File.ReadAllText(page);
        foreach (string part in new[] { "alexnet-same", "stripes", "top-1", "<svg", "data:image/png;base64" }) Assert.Contains(part, html, StringComparison.Ordinal);

        // The pictures have gone: the rest is shown, and what is missing is said.
        Directory.Delete(data, recursive: true);
        RunResult without = Alexnet.Run("report", run, "--device", "cpu", "--output", _folder["other.html"]);
        Assert.Equal(0, without.Code);
        Assert.Contains("--dataset says where they are", without.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("stripes/", File.ReadAllText(_folder["other.html"]), StringComparison.Ordinal);
        Assert.Equal(1, Alexnet.Run("report", _folder["nowhere"], "--device", "cpu").Code);
    }

    [Fact]
    public void What_was_learnt_goes_to_other_runtimes_and_back()
    {
        string data = Shapes.Draw(_folder["shapes"], 10), run = _folder["run"];
        Assert.Equal(0, Alexnet.Run(TrainTests.Small(data, run, "--epochs", "1")).Code);
        string checkpoint = Directory.GetFiles(run, "*.safetensors").Single(), graph = _folder["model.onnx"];
        Assert.Equal(0, Alexnet.Run("convert", checkpoint, graph).Code);
        Assert.Equal(0, Alexnet.Run("convert", run, _folder["newest.onnx"]).Code); // the run's folder stands for its newest checkpoint
        Assert.Equal(File.ReadAllBytes(graph), File.ReadAllBytes(_folder["newest.onnx"]));

        // The graph gives what the checkpoint gives.
        using var trained = Checkpoint.Open(checkpoint);
        Network network = trained.Model.CreateNetwork();
        Parameters parameters = network.CreateParameters();
        trained.ReadParameters(parameters);
        OnnxModel model = OnnxModel.Load(graph);
        using var device = new Reference.ReferenceDevice();
        var image = new float[network.InputShape(1).Count];
        Initialization.ReferenceInitializer.Fill(image, 0, "image", 1);
        using Executable ours = network.Compile(device, parameters, new CompileOptions { Target = network.LossSource });
        using Executable theirs = model.Network.Compile(device, model.Parameters);
        Assert.Equal(ours.Predict(image), theirs.Predict(image));

        // And back: not the names of classes, which a graph does not have, but the weights.
        RunResult back = Alexnet.Run("convert", graph, _folder["back.safetensors"], "--network", "alexnet-same", "--input-size", "67", "--classes", "4");
        Assert.Equal(1, back.Code); // the network is a sixteenth as wide, which the graph does not say
        Assert.Contains("conv1/weights", back.Message, StringComparison.Ordinal);
        Assert.Equal(0, Alexnet.Run("convert", graph, _folder["back.safetensors"], "--network", "alexnet-same", "--input-size", "67", "--classes", "4", "--width", "0.0625").Code);
        using SafetensorsFile first = SafetensorsFile.Open(checkpoint), second = SafetensorsFile.Open(_folder["back.safetensors"]);
        Assert.All(second.Tensors, t =>
        {
            var expected = new float[t.Count];
            var actual = new float[t.Count];
            first.Read(first.Find(t.Name)!, expected);
            second.Read(t, actual);
            Assert.Equal(expected, actual);
        });
        Assert.Equal(2, Alexnet.Run("convert", checkpoint, graph, "--to", "caffe").Code);
    }
}
