using AlexNetCuda.Initialization;
using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using Google.Protobuf;
using Xunit;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Files that are as they should be, and files that are not: each of these is one OnnxException that names the file.</summary>
public sealed class OnnxFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");

    /// <summary>Tensors that a file may hold and nobody can use, and a word of what is to be said.</summary>
    public static TheoryData<string, string> BadTensors => new()
    {
        { """{ "dims": ["2"] }""", "UNDEFINED" },
        { """{ "dims": ["2"], "dataType": 77, "rawData": "AAAAAA==" }""", "77" },
        { """{ "dims": ["2"], "dataType": "STRING" }""", "String" },
        { """{ "dims": ["2"], "dataType": "BFLOAT16", "rawData": "AAAAAA==" }""", "Bfloat16" },
        { """{ "dims": ["-2"], "dataType": "FLOAT" }""", "-2" },
        { """{ "dims": ["3", "0"], "dataType": "FLOAT" }""", "dimension of 0" },
        { """{ "dims": ["4294967298"], "dataType": "FLOAT", "floatData": [1, 2] }""", "4294967298" },
        { """{ "dims": ["65536", "65536"], "dataType": "FLOAT" }""", "[65536, 65536]" },
        { """{ "dims": ["2147483647", "2147483647", "2147483647", "2147483647"], "dataType": "FLOAT" }""", "more elements" },
        { """{ "dims": ["2000000000"], "dataType": "FLOAT", "floatData": [1] }""", "2000000000 elements, not 1" },
        { """{ "dims": ["2"], "dataType": "FLOAT", "rawData": "AAAAAA==" }""", "takes 8 bytes, not 4" },
        { """{ "dims": ["1"], "dataType": "INT64", "rawData": "AAAAAA==" }""", "takes 8 bytes, not 4" },
        { """{ "dims": ["2"], "dataType": "FLOAT", "floatData": [1, 2, 3] }""", "2 elements, not 3" },
        { """{ "dims": ["2"], "dataType": "FLOAT", "int64Data": ["1", "2"] }""", "2 elements, not 0" },
        { """{ "dims": ["1"], "dataType": "FLOAT", "dataLocation": "EXTERNAL" }""", "another file" },
    };

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Elements_are_read_from_raw_bytes_and_from_lists_alike()
    {
        Assert.Equal([1.5f, -2], Read("""{ "dims": ["2"], "dataType": "FLOAT", "rawData": "AADAPwAAAMA=" }""").To<float>());
        Assert.Equal([1.5f, -2], Read("""{ "dims": ["2"], "dataType": "FLOAT", "floatData": [1.5, -2] }""").To<float>());
        Assert.Equal([1.5], Read("""{ "dims": ["1"], "dataType": "DOUBLE", "rawData": "AAAAAAAA+D8=" }""").To<double>());
        Assert.Equal([1.5], Read("""{ "dims": ["1"], "dataType": "DOUBLE", "doubleData": [1.5] }""").To<double>());
        Assert.Equal([1.5f, -2], Read("""{ "dims": ["2"], "dataType": "FLOAT16", "rawData": "AD4AwA==" }""").To<float>());
        Assert.Equal([1.5f, -2], Read("""{ "dims": ["2"], "dataType": "FLOAT16", "int32Data": [15872, 49152] }""").To<float>());
        Assert.Equal([-1L], Read("""{ "dims": ["1"], "dataType": "INT64", "rawData": "//////////8=" }""").To<long>());
        Assert.Equal([-1L], Read("""{ "dims": ["1"], "dataType": "INT64", "int64Data": ["-1"] }""").To<long>());
        Assert.Equal([-2], Read("""{ "dims": ["1"], "dataType": "INT32", "rawData": "/v///w==" }""").To<int>());
        Assert.Equal([-2], Read("""{ "dims": ["1"], "dataType": "INT32", "int32Data": [-2] }""").To<int>());
        Assert.Equal([255, 1], Read("""{ "dims": ["2"], "dataType": "UINT8", "rawData": "/wE=" }""").To<double>());
        Assert.Equal([0, 1], Read("""{ "dims": ["2"], "dataType": "BOOL", "int32Data": [0, 1] }""").To<int>());
    }

    [Fact]
    public void A_scalar_has_no_dimensions_and_one_element()
    {
        OnnxTensor tensor = Read("""{ "name": "ratio", "dataType": "FLOAT", "floatData": [0.25] }""");
        Assert.Empty(tensor.Dimensions);
        Assert.Equal(("ratio", 1, DataType.Float), (tensor.Name, tensor.Count, tensor.Type));
        Assert.Equal([0.25], tensor.To<double>());
    }

    [Theory]
    [MemberData(nameof(BadTensors))]
    public void A_tensor_that_contradicts_itself_or_is_not_supported_is_refused(string json, string said)
    {
        OnnxException e = Assert.Throws<OnnxException>(() => Read(json));
        Assert.StartsWith(_path + ": tensor '", e.Message, StringComparison.Ordinal);
        Assert.Contains(said, e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void An_integer_that_does_not_fit_is_refused()
    {
        OnnxTensor tensor = Read("""{ "name": "shape", "dims": ["1"], "dataType": "INT64", "int64Data": ["4294967296"] }""");
        OnnxException e = Assert.Throws<OnnxException>(() => tensor.To<int>());
        Assert.StartsWith(_path + ": tensor 'shape': an element does not fit in Int32", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GIF89a and whatever follows")]
    [InlineData("<html><body>404 Not Found</body></html>")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")]
    public void A_file_that_is_no_model_is_refused(string text)
    {
        File.WriteAllText(_path, text);
        OnnxException e = Assert.Throws<OnnxException>(() => OnnxFile.ReadModel(_path));
        Assert.StartsWith(_path + ": not an ONNX model", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_cut_off_anywhere_is_refused()
    {
        // The graph is the last field, so that no shorter file is a whole one.
        byte[] whole = SmallModel().ToByteArray();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            OnnxException e = Assert.Throws<OnnxException>(() => OnnxFile.ReadModel(_path));
            Assert.StartsWith(_path + ": not an ONNX model", e.Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(_path, whole);
        Assert.Equal(SmallModel(), OnnxFile.ReadModel(_path));
    }

    [Fact]
    public void A_damaged_model_is_read_or_refused_and_nothing_else()
    {
        byte[] whole = SmallModel().ToByteArray();
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            // Up to three bytes replaced by others.
            byte[] damaged = [.. whole];
            (uint a, uint b, uint c, uint values) = Philox.Block(1, i, 0, 0);
            damaged[a % damaged.Length] = (byte)values;
            damaged[b % damaged.Length] = (byte)(values >> 8);
            damaged[c % damaged.Length] = (byte)(values >> 16);
            File.WriteAllBytes(_path, damaged);
            try
            {
                foreach (TensorProto tensor in OnnxFile.ReadModel(_path).Graph.Initializer) _ = new OnnxTensor(tensor, _path).To<float>();
            }
            catch (OnnxException e)
            {
                Assert.StartsWith(_path + ": ", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 999);
    }

    [Fact]
    public void A_length_beyond_the_end_of_the_file_is_refused_without_memory_for_it()
    {
        // Field 7, the graph, of 2,147,483,647 bytes.
        File.WriteAllBytes(_path, [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x0A]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxException e = Assert.Throws<OnnxException>(() => OnnxFile.ReadModel(_path));
        Assert.StartsWith(_path + ": not an ONNX model", e.Message, StringComparison.Ordinal);
        // Field 9, the raw data, likewise.
        File.WriteAllBytes(_path, [0x4A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x0A]);
        e = Assert.Throws<OnnxException>(() => OnnxFile.ReadTensor(_path));
        Assert.StartsWith(_path + ": not an ONNX tensor", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_file_that_is_not_there_is_the_file_systems_error() =>
        Assert.Equal(_path, Assert.Throws<FileNotFoundException>(() => OnnxFile.ReadModel(_path)).FileName);

    private static ModelProto SmallModel()
    {
        var model = new ModelProto { IrVersion = 7, ProducerName = "test", Graph = new GraphProto { Name = "graph" } };
        model.Graph.Node.Add(new NodeProto { OpType = "Conv", Name = "conv", Input = { "x", "w" }, Output = { "y" } });
        model.Graph.Node[0].Attribute.Add(
            new AttributeProto { Name = "pads", Type = AttributeProto.Types.AttributeType.Ints, Ints = { 1, 1, 1, 1 } });
        model.Graph.Input.Add(new ValueInfoProto { Name = "x" });
        model.Graph.Output.Add(new ValueInfoProto { Name = "y" });
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = DataType.Float, Dims = { 1, 1, 2, 2 }, FloatData = { 1, 2, 3, 4 } });
        return model;
    }

    /// <summary>Writes a tensor, given in protobuf's JSON, to the file and reads it back.</summary>
    private OnnxTensor Read(string json)
    {
        File.WriteAllBytes(_path, JsonParser.Default.Parse<TensorProto>(json).ToByteArray());
        return OnnxFile.ReadTensor(_path);
    }
}
