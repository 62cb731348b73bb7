using System.Text.Json;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

/// <summary>Names and layouts, against files and results of PyTorch and torchvision: tests/data/weights/torch/make_torch.py.</summary>
public sealed class ConversionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("torchvision-alexnet", "alexnet")]
    [InlineData("vgg11", "vgg11")]
    [InlineData("vgg13", "vgg13")]
    [InlineData("vgg16", "vgg16")]
    [InlineData("vgg19", "vgg19")]
    public void Names_and_shapes_are_those_of_torchvision(string network, string torchvision)
    {
        using JsonDocument names = JsonDocument.Parse(File.ReadAllBytes(SmallNetwork.Data("torchvision-names.json")));
        string[] expected = [.. names.RootElement.GetProperty(torchvision).EnumerateObject()
            .Select(p => $"{p.Name} {TensorShapes.Show(p.Value.EnumerateArray().Select(d => d.GetInt64()))}")];
        IReadOnlyList<StoredParameter> stored = StoredParameter.Of(NetworkZoo.Create(network), WeightConvention.Torchvision);
        Assert.Equal(expected, stored.Select(p => $"{p.Name} {TensorShapes.Show(p.Shape)}"));
    }

    [Theory]
    [InlineData("small-torchvision.safetensors", WeightConvention.Torchvision)]
    [InlineData("small-tensorflow.npz", WeightConvention.TensorFlow)]
    public void The_scores_are_PyTorchs(string name, WeightConvention convention)
    {
        Network network = SmallNetwork.Create();
        Parameters parameters = SmallNetwork.CreateParameters(network);
        WeightImportReport report = Import(SmallNetwork.Data(name), network, parameters, new WeightImportOptions { Convention = convention });
        Assert.Equal(network.Parameters.Select(p => p.Name), report.Read);
        Assert.Equal((0, 0, 0), (report.Skipped.Count, report.Missing.Count, report.Unused.Count));
        SmallNetwork.ScoresAre("scores", network, parameters);
    }

    [Fact]
    public void With_reversed_channels_the_scores_are_those_of_the_turned_image()
    {
        Network network = SmallNetwork.Create();
        Parameters parameters = SmallNetwork.CreateParameters(network);
        var options = new WeightImportOptions { Convention = WeightConvention.Torchvision, ReverseChannels = true };
        Import(SmallNetwork.Data("small-torchvision.safetensors"), network, parameters, options);
        SmallNetwork.ScoresAre("scores_of_turned_channels", network, parameters);
    }

    [Fact]
    public void Both_layouts_are_written_as_they_were_read()
    {
        Network network = SmallNetwork.Create();
        Parameters parameters = SmallNetwork.CreateParameters(network);
        Import(SmallNetwork.Data("small-torchvision.safetensors"), network, parameters, new WeightImportOptions { Convention = WeightConvention.Torchvision });

        string npz = Path.Combine(_folder.Path, "small.npz"), safetensors = Path.Combine(_folder.Path, "small.safetensors");
        WeightFormats.Write(npz, WeightExport.Tensors(network, parameters, WeightConvention.TensorFlow), WeightConvention.TensorFlow);
        Assert.Equal(Contents(SmallNetwork.Data("small-tensorflow.npz")), Contents(npz));
        WeightFormats.Write(safetensors, WeightExport.Tensors(network, parameters, WeightConvention.Torchvision), WeightConvention.Torchvision);
        Assert.Equal(Contents(SmallNetwork.Data("small-torchvision.safetensors")), Contents(safetensors));
    }

    [Theory]
    [InlineData(WeightConvention.Ours, ".safetensors", false)]
    [InlineData(WeightConvention.Torchvision, ".npz", true)]
    [InlineData(WeightConvention.TensorFlow, ".safetensors", true)]
    [InlineData(WeightConvention.Caffe, ".npz", false)]
    public void What_is_exported_is_imported_bit_by_bit(WeightConvention convention, string extension, bool reverse)
    {
        // Two groups, a flattening before the matrix, no biases here and there.
        Network network = new NetworkBuilder("odd", 3, 9, 7)
            .Convolution("conv1", 4, 3, bias: false).Relu().Convolution("conv2", 6, 3, groups: 2).Flatten().Dropout(0.5f)
            .FullyConnected("fc3", 5).FullyConnected("fc4", 3, bias: false).SoftmaxCrossEntropy().Build();
        Parameters original = network.CreateParameters(seed: 1, ElementType.Float64), copy = network.CreateParameters(seed: 2, ElementType.Float64);
        string path = Path.Combine(_folder.Path, "weights" + extension);
        WeightFormats.Write(path, WeightExport.Tensors(network, original, convention, reverse, ElementType.Float64), convention);
        Import(path, network, copy, new WeightImportOptions { Convention = convention, ReverseChannels = reverse });
        Assert.Equal(SmallNetwork.Values(original), SmallNetwork.Values(copy));
    }

    [Fact]
    public void Skipped_layers_stay_as_they_are_even_where_they_do_not_fit()
    {
        Network network = SmallNetwork.Create(classes: 3);
        Parameters parameters = SmallNetwork.CreateParameters(network), untouched = SmallNetwork.CreateParameters(network);
        string path = SmallNetwork.Data("small-torchvision.safetensors");
        var options = new WeightImportOptions { Convention = WeightConvention.Torchvision };
        WeightFileException e = Assert.Throws<WeightFileException>(() => Import(path, network, parameters, options));
        Assert.Equal(
            $"{path}: 2 of its tensors do not fit the network: classifier.6.weight is [7, 24], the network's [3, 24], classifier.6.bias is [7], the network's [3].", e.Message);
        Assert.Equal(SmallNetwork.Values(untouched), SmallNetwork.Values(parameters)); // an error changes nothing

        WeightImportReport report = Import(path, network, parameters, options with { Skip = ["fc8", "conv?/biases"] });
        Assert.Equal(["conv1/biases", "conv2/biases", "conv3/biases", "conv4/biases", "conv5/biases", "fc8/weights", "fc8/biases"], report.Skipped);
        Assert.Empty(report.Unused);
        Assert.All(parameters.All, p => Assert.Equal(!report.Skipped.Contains(p.Info.Name), !SmallNetwork.Values(p).SequenceEqual(SmallNetwork.Values(untouched[p.Info.Name]))));
    }

    [Fact]
    public void What_is_missing_or_unused_is_said()
    {
        Network network = SmallNetwork.Create();
        Parameters parameters = SmallNetwork.CreateParameters(network);
        TensorToWrite[] some = [.. WeightExport.Tensors(network, parameters, WeightConvention.Ours).Where(t => t.Name is not ("fc7/biases" or "conv3/weights"))];
        string path = Path.Combine(_folder.Path, "some.safetensors");
        WeightFormats.Write(path, [.. some, TensorToWrite.Int64("step", [], (_, to) => to.Clear())], WeightConvention.Ours);
        Assert.Contains(
            "it lacks parameters: conv3/weights, fc7/biases. It has: 'step', 'conv1/weights'",
            Assert.Throws<WeightFileException>(() => Import(path, network, parameters, new WeightImportOptions())).Message, StringComparison.Ordinal);
        WeightImportReport report = Import(path, network, parameters, new WeightImportOptions { AllowMissing = true });
        Assert.Equal(["conv3/weights", "fc7/biases"], report.Missing);
        Assert.Equal(["step"], report.Unused);
        Assert.Equal(14, report.Read.Count);
        Assert.Contains(
            "it has none of the parameters, such as 'features.0.weight' (names as Torchvision has them)",
            Assert.Throws<WeightFileException>(() => Import(path, network, parameters, new WeightImportOptions { Convention = WeightConvention.Torchvision, AllowMissing = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_that_make_no_sense_are_refused()
    {
        Network network = SmallNetwork.Create();
        Parameters parameters = SmallNetwork.CreateParameters(network);
        string path = SmallNetwork.Data("small-torchvision.safetensors");
        var options = new WeightImportOptions { Convention = WeightConvention.Torchvision };
        Assert.Contains(
            "matches 'fc9'. It has: conv1, conv2,", Assert.Throws<ArgumentException>(() => Import(path, network, parameters, options with { Skip = ["fc9"] })).Message, StringComparison.Ordinal);
        using (WeightFile file = WeightFile.Open(path))
        {
            WeightFileException e = Assert.Throws<WeightFileException>(() => WeightImport.Read([.. file.Tensors, file.Tensors[0]], path, network, parameters, options));
            Assert.Equal("two of its tensors have the name 'features.0.weight'.", e.Reason);
        }

        Network grey = new NetworkBuilder("grey", 1, 8, 8).Convolution("conv1", 2, 3).Flatten().FullyConnected("fc2", 2).SoftmaxCrossEntropy().Build();
        Parameters others = grey.CreateParameters();
        Assert.Contains("cannot be turned around", Assert.Throws<ArgumentException>(() => WeightExport.Tensors(grey, others, WeightConvention.Ours, reverseChannels: true)).Message, StringComparison.Ordinal);
        Assert.Contains("the parameters are another network's", Assert.Throws<ArgumentException>(() => Import(path, network, SmallNetwork.Create(3).CreateParameters(), options)).Message, StringComparison.Ordinal);
        Assert.Contains("not Int32", Assert.Throws<ArgumentException>(() => WeightExport.Tensors(grey, others, WeightConvention.Ours, storage: ElementType.Int32)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_says_what_it_knows_of_its_names_and_its_model()
    {
        var description = new ModelDescription
        {
            Network = "caffenet",
            InputSize = 227,
            Classes = 2,
            ClassNames = ["chat", "no\u00ebl \"x\""],
            Preprocessing = new Preprocessing { Resize = 256, Channels = ChannelOrder.Bgr, Mean = [104, 117, 123] },
        };
        string path = Path.Combine(_folder.Path, "model.safetensors");
        WeightFormats.Write(path, [], WeightConvention.TensorFlow, description);
        using (WeightFile file = WeightFile.Open(path))
        {
            Assert.Equal(WeightConvention.TensorFlow, file.Convention);
            Assert.Equal(description.ToJson(), file.Description!.ToJson());
            Assert.Equal((description.Network, 2, ChannelOrder.Bgr), (file.Description!.Network, file.Description.Classes, file.Description.Preprocessing!.Channels));
            Assert.Equal(description.ClassNames, file.Description.ClassNames);
        }

        Assert.Equal(
            """{"network":"vgg16","inputSize":224,"loss":"softmaxCrossEntropy","width":1,"originalHead":false,"classNames":[]}""",
            new ModelDescription { Network = "vgg16", InputSize = 224 }.ToJson());
        using WeightFile torchvision = WeightFile.Open(SmallNetwork.Data("small-torchvision.safetensors")), tensorflow = WeightFile.Open(SmallNetwork.Data("small-tensorflow.npz"));
        using WeightFile layers = WeightFile.Open(NumpyTests.Numpy("layers.npy"));
        Assert.Equal((WeightConvention.Torchvision, null, WeightConvention.TensorFlow), (torchvision.Convention, tensorflow.Convention, layers.Convention));
        Assert.Equal((null, null, null), (torchvision.Description, tensorflow.Description, layers.Description));
    }

    [Theory]
    [InlineData("alexnetcuda.names", "theirs", "its names are 'theirs', which is not known")]
    [InlineData("alexnetcuda.names", "17", "its names are '17', which is not known")]
    [InlineData("alexnetcuda.model", "{", "not the JSON that it should be")]
    [InlineData("alexnetcuda.model", "null", "not the JSON that it should be: it is null")]
    [InlineData("alexnetcuda.model", """{"network":null,"inputSize":1}""", "not the JSON that it should be")]
    [InlineData("alexnetcuda.model", """{"network":"vgg16"}""", "not the JSON that it should be")]
    [InlineData("alexnetcuda.model", """{"network":"vgg16","inputSize":1,"loss":17}""", "not the JSON that it should be")]
    public void Bad_metadata_are_refused(string key, string text, string part)
    {
        string path = Path.Combine(_folder.Path, "bad.safetensors");
        SafetensorsWriter.Write(path, [], new Dictionary<string, string> { [key] = text });
        HostileFile.IsRefused(path, p => WeightFile.Open(p), part);
    }

    [Fact]
    public void Extensions_that_are_not_known_are_named()
    {
        Assert.Equal("a.bin: files of its extension are not read. There are: .safetensors, .npz, .npy, .caffemodel, .onnx.", Assert.Throws<WeightFileException>(() => WeightFile.Open("a.bin")).Message);
        Assert.Equal(
            "a.npy: files of its extension are not written. There are: .safetensors, .npz.",
            Assert.Throws<WeightFileException>(() => WeightFormats.Write("a.npy", [], WeightConvention.Ours)).Message);
    }

    private static WeightImportReport Import(string path, Network network, Parameters parameters, WeightImportOptions options)
    {
        using WeightFile file = WeightFile.Open(path);
        return WeightImport.Read(file.Tensors, path, network, parameters, options);
    }

    /// <summary>Names, shapes and values of a file, in the order of the names.</summary>
    private static string[] Contents(string path)
    {
        using WeightFile file = WeightFile.Open(path);
        return [.. file.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t =>
        {
            var values = new float[t.Count];
            t.Read(values);
            return $"{t.Name} {TensorShapes.Show(t.Shape)} {string.Join(' ', values)}";
        })];
    }
}
