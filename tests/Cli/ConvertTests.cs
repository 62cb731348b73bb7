using AlexNetCuda.IO;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

/// <summary>The files are of alexnet-conv for images of 64: a network of 2.5 million values.</summary>
public sealed class ConvertTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Network _network = NetworkZoo.Create("alexnet-conv", new NetworkOptions { InputSize = 64 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_go_to_TensorFlows_layout_and_back_bit_by_bit()
    {
        string[] size = ["--network", "alexnet-conv", "--input-size", "64"];
        Write("ours.safetensors", WeightConvention.Ours, new ModelDescription { Network = "alexnet-conv", InputSize = 64, Loss = LossKind.Original });
        RunResult there = Alexnet.Run("convert", _folder["ours.safetensors"], _folder["tf.npz"], "--to", "tensorflow");
        Assert.Equal((0, ""), (there.Code, there.Error));
        Assert.Contains("(ours) -> ", there.Output, StringComparison.Ordinal);
        Assert.Contains("10 parameters of network 'alexnet-conv', 2,469,696 values.", there.Output, StringComparison.Ordinal);
        using (WeightFile file = WeightFile.Open(_folder["tf.npz"])) Assert.Equal<long>([11, 11, 3, 64], file.Tensors[0].Shape);

        RunResult unnamed = Alexnet.Run(["convert", _folder["tf.npz"], _folder["no.npz"], .. size]);
        Assert.Equal((2, false), (unnamed.Code, File.Exists(_folder["no.npz"])));
        Assert.Contains("does not say how it names its tensors: say --from ours, torchvision, tensorflow, caffe", unnamed.Message, StringComparison.Ordinal);

        RunResult back = Alexnet.Run(["convert", _folder["tf.npz"], _folder["back.safetensors"], "--from", "tensorflow", .. size]);
        Assert.Equal((0, ""), (back.Code, back.Error));
        Assert.Equal(File.ReadAllBytes(_folder["ours.safetensors"]), File.ReadAllBytes(_folder["back.safetensors"])); // the description too
    }

    [Fact]
    public void Turned_channels_turn_the_preprocessing_too_and_twice_is_as_before()
    {
        var description = new ModelDescription
        {
            Network = "alexnet-conv",
            InputSize = 64,
            Loss = LossKind.Original,
            Preprocessing = new Preprocessing { Resize = 64, Mean = [1, 2, 3], Deviation = [4, 5, 6] },
        };
        Write("rgb.safetensors", WeightConvention.Torchvision, description);
        Assert.Equal(0, Alexnet.Run("convert", _folder["rgb.safetensors"], _folder["bgr.safetensors"], "--bgr", "--to", "torchvision").Code);
        using (WeightFile file = WeightFile.Open(_folder["bgr.safetensors"]))
        {
            Assert.Equal(ChannelOrder.Bgr, file.Description!.Preprocessing!.Channels);
            Assert.Equal([3, 2, 1], file.Description.Preprocessing.Mean);
            Assert.Equal([6, 5, 4], file.Description.Preprocessing.Deviation);
        }

        Assert.NotEqual(File.ReadAllBytes(_folder["rgb.safetensors"]), File.ReadAllBytes(_folder["bgr.safetensors"]));
        Assert.Equal(0, Alexnet.Run("convert", _folder["bgr.safetensors"], _folder["bgr.safetensors"], "--bgr", "--to", "torchvision").Code); // over itself
        Assert.Equal(File.ReadAllBytes(_folder["rgb.safetensors"]), File.ReadAllBytes(_folder["bgr.safetensors"]));
    }

    [Fact]
    public void What_is_skipped_and_not_used_is_said()
    {
        Parameters parameters = _network.CreateParameters(seed: 3);
        TensorToWrite[] some = [.. WeightExport.Tensors(_network, parameters, WeightConvention.Ours).Where(t => !t.Name.StartsWith("conv5", StringComparison.Ordinal))];
        SafetensorsWriter.Write(_folder["some.safetensors"], [.. some, TensorToWrite.Int64("step", [], (_, to) => to.Clear())], new Dictionary<string, string>());
        string[] arguments = ["convert", _folder["some.safetensors"], _folder["out.npz"], "--network", "alexnet-conv", "--input-size", "64", "--from", "ours"];
        RunResult lacking = Alexnet.Run(arguments);
        Assert.Equal((1, false), (lacking.Code, File.Exists(_folder["out.npz"])));
        Assert.Contains("it lacks parameters: conv5/weights, conv5/biases", lacking.Message, StringComparison.Ordinal);
        RunResult wrong = Alexnet.Run([.. arguments, "--skip", "fc8"]);
        Assert.Equal(2, wrong.Code);
        Assert.Contains("Nothing of network 'alexnet-conv' matches 'fc8'", wrong.Message, StringComparison.Ordinal);
        RunResult skipped = Alexnet.Run([.. arguments, "--skip", "conv5"]);
        Assert.Equal((0, ""), (skipped.Code, skipped.Error));
        Assert.Contains("Skipped, with new values instead: conv5/weights, conv5/biases.", skipped.Output, StringComparison.Ordinal);
        Assert.Contains("Not used: step.", skipped.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_known_is_asked_for()
    {
        Write("ours.safetensors", WeightConvention.Ours, null);
        Refused(2, "does not say which network's weights it holds: say --network NAME", "ours.safetensors");
        Refused(2, "There is no network 'lenet'", "ours.safetensors", "--network", "lenet");
        Refused(2, "Network 'alexnet-conv' cannot be built as asked.", "ours.safetensors", "--network", "alexnet-conv", "--classes", "5");
        Refused(2, "cannot be built as asked. Layer", "ours.safetensors", "--network", "alexnet-conv", "--input-size", "8");
        Refused(1, "absent.npz: there is no such file.", "absent.npz");
        Refused(1, "files of its extension are not read. There are: .safetensors, .npz, .npy, .caffemodel, .onnx.", "a.bin");

        void Refused(int code, string message, string input, params string[] options)
        {
            RunResult result = Alexnet.Run(["convert", _folder[input], _folder["out.npz"], .. options]);
            Assert.Equal((code, ""), (result.Code, result.Output));
            Assert.Contains(message, result.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder["out.npz"]));
        }
    }

    private void Write(string name, WeightConvention convention, ModelDescription? description) =>
        WeightFormats.Write(_folder[name], WeightExport.Tensors(_network, _network.CreateParameters(seed: 3), convention), convention, description);
}
