using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Networks written as ONNX files: run by ONNX Runtime, and read back.</summary>
public sealed class ExportTests(NodeTestDevices devices) : IClassFixture<NodeTestDevices>, IDisposable
{
    /// <summary>ONNX Runtime computes in float32: as the CPU device, it differs from double precision by the rounding of sums of up to some hundred terms in each of up to 19 layers.</summary>
    private const double RuntimeTolerance = 2e-5;

    /// <summary>The same operations in double precision on the same weights; alpha of an LRN is float32, multiplied and divided by the window's size (6e-8 each).</summary>
    private const double RoundTripTolerance = 1e-6;

    private readonly string _folder = Directory.CreateTempSubdirectory("alexnetcuda-onnx").FullName;

    public static TheoryData<string> Names { get; } = [.. SmallNetworks.Zoo, "odd"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ONNX_Runtime_computes_what_the_reference_device_does()
    {
        string runtime = OnnxRuntime.Require();
        // Each with its own target; and the scores where that is an argmax, which says little.
        (Network Network, string Target, int? Batch)[] cases =
        [
            .. SmallNetworks.Zoo.Select(SmallNetworks.Reduced).Append(SmallNetworks.Odd()).SelectMany(n => n[n.Target].Layer is ArgMaxLayer
                ? new (Network, string, int?)[] { (n, n.Target, null), (n, "softmax", 2), (n, "fc8", null) } : [(n, n.Target, null)]),
        ];
        IReadOnlyList<double[]> actual = OnnxRuntime.Run(runtime, _folder, [.. cases.Select((c, i) =>
        {
            string path = PathOf(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
            OnnxExport.Write(path, c.Network, SmallNetworks.Parameters(c.Network), new OnnxExportOptions { Target = c.Target, Batch = c.Batch });
            return (path, SmallNetworks.Images(c.Network, 2), c.Network.InputShape(2));
        })]);
        for (int i = 0; i < cases.Length; i++)
        {
            (Network network, string target, _) = cases[i];
            NetworkResult expected = Run(network, SmallNetworks.Parameters(network), target);
            double allowed = network[target].Layer is ArgMaxLayer ? 0 : RuntimeTolerance;
            TensorAssert.Close(expected.Output, actual[i], allowed, $"{network.Name}, {target}", expected.OutputShape);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_network_that_is_written_and_read_computes_the_same(string name)
    {
        Network network = name == "odd" ? SmallNetworks.Odd() : SmallNetworks.Reduced(name);
        Parameters parameters = SmallNetworks.Parameters(network);
        OnnxExport.Write(PathOf(name), network, parameters);
        OnnxModel read = OnnxModel.Load(PathOf(name));
        Assert.Equal((network.Name, Network.InputName, OnnxExportVersion, "AlexNetCuda"), (read.Network.Name, read.InputName, read.OperatorSet, read.Producer));
        Assert.Equal(network.Parameters.Select(p => (p.Name, p.Shape)), read.Network.Parameters.Select(p => (p.Name, p.Shape)));
        foreach (Parameter parameter in parameters.All) Assert.Equal(Values(parameter), Values(read.Parameters[parameter.Info.Name]));
        NetworkResult expected = Run(network, parameters, network.Target), actual = Run(read.Network, read.Parameters, read.Network.Target);
        TensorAssert.Close(expected.Output, actual.Output, RoundTripTolerance, name, expected.OutputShape);
        Assert.Equal([$"{name}.onnx"], Directory.GetFiles(_folder).Select(Path.GetFileName)); // nothing temporary is left
    }

    [Fact]
    public void Every_value_has_a_shape_whose_batch_is_open_or_as_asked_for()
    {
        Network network = SmallNetworks.Reduced("vgg11");
        foreach (int? batch in new int?[] { null, 3 })
        {
            OnnxExport.Write(PathOf("vgg"), network, SmallNetworks.Parameters(network), new OnnxExportOptions { Batch = batch });
            ModelProto model = OnnxFile.ReadModel(PathOf("vgg"));
            ValueInfoProto[] values = [.. model.Graph.Input, .. model.Graph.Output, .. model.Graph.ValueInfo];
            Assert.Equal(model.Graph.Node.Select(n => Assert.Single(n.Output)).Append("input").Order(), values.Select(v => v.Name).Order());
            Assert.All(values, v => Assert.Equal(batch is null ? ("N", 0L) : ("", 3L), (v.Type.TensorType.Shape.Dim[0].DimParam, v.Type.TensorType.Shape.Dim[0].DimValue)));
            Assert.Equal(7, model.IrVersion);
        }
    }

    [Fact]
    public void A_file_of_2_GiB_or_more_is_refused_before_anything_is_written()
    {
        Network network = new NetworkBuilder("large", 3, 128, 128).FullyConnected("fc1", 16384, bias: false).Build(); // 3 GiB of weights, which are not made here
        var error = Assert.Throws<OnnxException>(() => OnnxExport.Plan(PathOf("large"), network, new OnnxExportOptions()));
        Assert.StartsWith(PathOf("large") + ": network 'large' would take 3221", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_written_is_refused_and_leaves_nothing_behind()
    {
        Network network = new NetworkBuilder("small", 3, 4, 4).Dropout(0.5f, "drop").FullyConnected("fc", 2).L2Loss().Build();
        Parameters parameters = network.CreateParameters();
        string Refused<T>(Action write)
            where T : Exception => Assert.Throws<T>(write).Message;
        Assert.Contains("'drop' passes the images on unchanged", Refused<OnnxException>(() => Write(new OnnxExportOptions { Target = "drop" })), StringComparison.Ordinal);
        Assert.Contains("'loss' (l2 loss) has no operator of ONNX", Refused<OnnxException>(() => Write(new OnnxExportOptions { Target = "loss" })), StringComparison.Ordinal);
        Assert.Contains("no layer 'fc9'", Refused<ArgumentException>(() => Write(new OnnxExportOptions { Target = "fc9" })), StringComparison.Ordinal);
        Assert.Contains("at least 1 image", Refused<ArgumentException>(() => Write(new OnnxExportOptions { Batch = 0 })), StringComparison.Ordinal);
        Network other = new NetworkBuilder("other", 3, 4, 4).FullyConnected("fc", 3).Build();
        Assert.Contains("'fc/weights' has shape [2, 48]", Refused<ArgumentException>(() => OnnxExport.Write(PathOf("small"), other, parameters)), StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Write(PathOf("small"), network, parameters, cancellation: new CancellationToken(canceled: true)));
        Assert.Throws<OnnxException>(() => OnnxExport.Write(Path.Combine(_folder, "absent", "small.onnx"), network, parameters));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        void Write(OnnxExportOptions options) => OnnxExport.Write(PathOf("small"), network, parameters, options);
    }

    private const int OnnxExportVersion = GraphDescription.OperatorSet;

    private string PathOf(string name) => Path.Combine(_folder, name + ".onnx");

    private NetworkResult Run(Network network, Parameters parameters, string target) =>
        NetworkRunner.Run(network, devices.Reference, parameters, new CompileOptions { Batch = 2, Target = target }, SmallNetworks.Images(network, 2));

    private static float[] Values(Parameter parameter)
    {
        var values = new float[parameter.Info.Shape.Count];
        parameter.Read(values);
        return values;
    }
}
