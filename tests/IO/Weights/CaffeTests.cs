using System.Globalization;
using System.Text;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

/// <summary>The models are those of tests/data/weights/caffe/make_caffe.py, which OpenCV's own reader reads too; it computed the scores.</summary>
public sealed class CaffeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("small.caffemodel")]
    [InlineData("small-v1.caffemodel")]
    public void The_scores_are_OpenCVs(string name)
    {
        // The network of small.prototxt. Caffe divides LRN's alpha by the window of 5: 0.5 / 5.
        Padding one = Padding.Explicit(1);
        Network network = new NetworkBuilder("small", 3, 99, 131)
            .Convolution("conv1", 8, 11, 4, Padding.Valid).Relu().Lrn("lrn1", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", 12, 5, 1, Padding.Explicit(2), groups: 2).Relu().Lrn("lrn2", 2, 1, 0.1f, 0.75f).MaxPool("pool2", 3, 2)
            .Convolution("conv3", 16, 3, 1, one).Relu().Convolution("conv4", 16, 3, 1, one, groups: 2).Relu()
            .Convolution("conv5", 12, 3, 1, one, groups: 2).Relu().MaxPool("pool5", 3, 2)
            .FullyConnected("fc6", 20).Relu().FullyConnected("fc7", 24).Relu().FullyConnected("fc8", 7).Build();
        Parameters parameters = network.CreateParameters(seed: 5, ElementType.Float64);
        using WeightFile file = WeightFile.Open(Caffe(name));
        Assert.Equal(WeightConvention.Caffe, file.Convention);
        WeightImportReport report = WeightImport.Read(file.Tensors, file.Path, network, parameters, new WeightImportOptions { Convention = WeightConvention.Caffe });
        Assert.Equal((16, 0), (report.Read.Count, report.Unused.Count));
        double[] expected = [.. File.ReadLines(Caffe("small.txt")).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];

        // OpenCV computes in single precision: sums of some hundred terms through eight layers, each rounded to 6e-8.
        SmallNetwork.ScoresAre(expected, 1e-5, network, parameters);
    }

    /// <summary>The layers with values of bvlc_alexnet, bvlc_reference_caffenet and VGG_ILSVRC_16_layers, as their published prototxt files name them.</summary>
    [Theory]
    [InlineData("bvlc-alexnet", "conv1 conv2 conv3 conv4 conv5 fc6 fc7 fc8")]
    [InlineData("caffenet", "conv1 conv2 conv3 conv4 conv5 fc6 fc7 fc8")]
    [InlineData("vgg16", "conv1_1 conv1_2 conv2_1 conv2_2 conv3_1 conv3_2 conv3_3 conv4_1 conv4_2 conv4_3 conv5_1 conv5_2 conv5_3 fc6 fc7 fc8")]
    public void Networks_have_the_names_of_Caffes_models(string network, string layers) =>
        Assert.Equal(
            layers.Split(' ').SelectMany(l => (string[])[l + "/weights", l + "/biases"]),
            StoredParameter.Of(NetworkZoo.Create(network), WeightConvention.Caffe).Select(p => p.Name));

    [Fact]
    public void Both_forms_of_a_model_and_doubles_hold_the_same_values()
    {
        using CaffeModelFile today = CaffeModelFile.Open(Caffe("small.caffemodel")), before = CaffeModelFile.Open(Caffe("small-v1.caffemodel"));
        using CaffeModelFile doubles = CaffeModelFile.Open(Caffe("conv1-double.caffemodel"));
        Assert.Equal(("small", "small", ""), (today.Name, before.Name, doubles.Name));
        Assert.Equal(today.Tensors.Select(t => t.Name), before.Tensors.Select(t => t.Name));
        Assert.Equal<long>([8, 3, 11, 11], today.Tensors[0].Shape);
        Assert.Equal<long>([20, 72], today.Tensors[10].Shape);
        Assert.Equal<long>([1, 1, 20, 72], before.Tensors[10].Shape);
        Assert.Equal<long>([1, 1, 1, 20], before.Tensors[11].Shape);
        for (int i = 0; i < today.Tensors.Count; i++) Assert.Equal(Values(today.Tensors[i]), Values(before.Tensors[i]));
        Assert.Equal((2, TensorDataType.Float64), (doubles.Tensors.Count, doubles.Tensors[0].DataType));
        for (int i = 0; i < 2; i++) Assert.Equal(Values(today.Tensors[i]), Values(doubles.Tensors[i]));
        Assert.Contains("not integers", Assert.Throws<WeightFileException>(() => today.Tensors[0].Read(new long[2904])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mean_image_is_read()
    {
        CaffeMean mean = CaffeMean.Read(Caffe("mean.binaryproto"));
        Assert.Equal((3, 4, 5), (mean.Channels, mean.Height, mean.Width));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => 2f * i), mean.Values);
        Assert.Equal([19, 59, 99], mean.PerChannel()); // of 0, 2, ..., 38; and so on
    }

    /// <summary>Values that are each a field of its own are as good as packed ones: the encoding's rule for repeated numbers. 2.5 is 0x40200000.</summary>
    [Fact]
    public void Unpacked_values_are_read()
    {
        byte[] blob = [.. Number(1, 1), .. Number(2, 1), .. Number(3, 1), .. Number(4, 3), 0x2d, 0, 0, 0x20, 0x40, 0x2d, 0, 0, 0x80, 0x3f, .. Field(5, [0, 0, 0, 0xc0])];
        using CaffeModelFile file = CaffeModelFile.Open(Model(Layer("conv1", blob)));
        Assert.Equal([2.5, 1, -2], Values(file.Tensors[0]));
        byte[] many = [.. Field(7, Number(1, 100_000)), .. Enumerable.Range(0, 100_000).SelectMany(i => (byte[])[0x2d, .. BitConverter.GetBytes((float)i)])];
        using CaffeModelFile large = CaffeModelFile.Open(Model(Layer("conv1", many)));
        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => (double)i), Values(large.Tensors[0]));
    }

    [Fact]
    public void Hostile_models_are_refused()
    {
        byte[] one = Field(5, [0, 0, 0x80, 0x3f]);
        Refused([], "has no layer with values");
        Refused(Encoding.ASCII.GetBytes("hello, world"), "none of Caffe's files, or a damaged one");
        Refused(Layer("conv1"), "has no layer with values");
        Refused(Layer("conv1", [.. Number(4, 1), .. one]), "blob 'conv1/weights': its shape, [0, 0, 0, 1], is not that of its 1 values");
        Refused(Layer("conv1", [.. Field(7, Number(1, 2)), .. one]), "its shape, [2], is not that of its 1 values");
        Refused(Layer("conv1", [.. Field(7, Number(1, -1)), .. one]), "its shape, [-1], is not that");
        Refused(Layer("conv1", [.. Field(7, [.. Number(1, 1L << 40), .. Number(1, 1L << 40)]), .. one]), "is not that of its 1 values");
        Refused(Layer("conv1", Field(7, Number(1, 1L << 40))), "is not that of its 0 values");
        Refused(Layer("conv1", [.. Field(7, Field(1, [.. Enumerable.Repeat((byte)1, 65)])), .. one]), "too many dimensions");
        Refused(Layer("conv1", Field(5, [1, 2, 3])), "packed numbers are cut short");
        Refused(Layer("conv1", Number(5, 1)), "values are no floating-point numbers");
        Refused([.. Layer("conv1", Field(7, Number(1, 1)), one), .. Layer("conv1", one)], "is not that of its 0 values");
        Refused([.. Layer("conv1", one), .. Layer("conv1", one)], "two layers 'conv1' with values");
        Refused(Layer("a\0b", one), "a name has control characters");
        Refused(Layer(new string('a', 1001), one), "a field has 1001 bytes; at most 1000 are allowed");
        Refused(Layer("conv1", [.. Enumerable.Repeat(one, 101)]), "more than 100 blobs");
        Refused([.. Enumerable.Repeat(Field(100, []), 10_001).SelectMany(b => b)], "more than 10000 layers");
        Refused([0xa2, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "is longer than what is left");
        Refused([0xa2, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "a number does not end");
        Refused([0xa2, 6, 0xff], "a message is cut short");
        Refused([0], "a field has a number that there is not");
        Refused([.. Enumerable.Repeat((byte)0x0b, 100_000)], "the wire type 3"); // groups in groups
        Refused([0x0d, 1, 2], "a number is cut short");

        ReadAll(Model(Layer("conv1", one))); // a scalar has no dimensions: a value without a shape is good, so that the rest is known to fail for its own reason

        void Refused(byte[] model, string part) => HostileFile.IsRefused(Model(model), ReadAll, part);
    }

    [Fact]
    public void Hostile_mean_images_are_refused()
    {
        Refused([], "its shape, [], is not that of its 0 values");
        Refused([.. Number(1, 2), .. Number(2, 1), .. Number(3, 1), .. Number(4, 1), .. Field(5, new byte[8])], "its shape is [2, 1, 1, 1]");
        Refused([.. Number(1, 1), .. Number(2, 3), .. Number(3, 100_000), .. Number(4, 0)], "its shape is [1, 3, 100000, 0]");
        Refused([.. Number(1, 1), .. Number(2, 3), .. Number(3, 100_000), .. Number(4, 100_000)], "is not that of its 0 values");

        void Refused(byte[] bytes, string part) => HostileFile.IsRefused(_folder.Add("mean.binaryproto", bytes), p => CaffeMean.Read(p), part);
    }

    [Theory]
    [InlineData("small.caffemodel")]
    [InlineData("small-v1.caffemodel")]
    public void Randomly_changed_models_are_read_or_refused(string name)
    {
        // Most of a model is values, whose changes nothing sees: a model of the same form with few values is changed many times, the model itself a few.
        bool before = name.Contains("v1", StringComparison.Ordinal);
        byte[] good = [.. Field(1, Encoding.ASCII.GetBytes("small"))];
        for (int i = 1; i <= 8; i++)
        {
            byte[] label = Encoding.ASCII.GetBytes($"conv{i}"), values = Field(5, new byte[8]);
            good = [.. good, .. before
                ? Field(2, [.. Field(4, label), .. Field(6, [.. Number(1, 1), .. Number(2, 1), .. Number(3, 1), .. Number(4, 2), .. values])])
                : Field(100, [.. Field(1, label), .. Field(7, [.. Field(7, Field(1, [2, 1])), .. values])])];
        }

        int accepted = HostileFile.Fuzz(Path.Combine(_folder.Path, name), good, 1_000, ReadAll);
        Assert.InRange(accepted, 20, 900);
        accepted = HostileFile.Fuzz(Path.Combine(_folder.Path, name), File.ReadAllBytes(Caffe(name)), 50, ReadAll);
        Assert.InRange(accepted, 1, 49);
    }

    private static string Caffe(string name) => TestFiles.Weights(Path.Combine("caffe", name));

    private static double[] Values(WeightTensor tensor)
    {
        var values = new double[tensor.Count];
        tensor.Read(values);
        return values;
    }

    private static void ReadAll(string path)
    {
        using CaffeModelFile file = CaffeModelFile.Open(path);
        foreach (WeightTensor tensor in file.Tensors) Values(tensor);
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static byte[] Field(int field, byte[] content) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Layer(string name, params byte[][] blobs) =>
        Field(100, [.. Field(1, Encoding.UTF8.GetBytes(name)), .. blobs.SelectMany(b => Field(7, b))]);

    private string Model(byte[] bytes) => _folder.Add("model.caffemodel", bytes);
}
