using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "file.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        float[] weights = [1.5f, -0f, float.NaN, float.MaxValue, float.Epsilon, -2];
        SafetensorsWriter.Write(
            FilePath,
            [
                TensorToWrite.UInt8("bytes", [3], (first, to) => new byte[] { 0, 127, 255 }.AsSpan((int)first, to.Length).CopyTo(to)),
                TensorToWrite.Float32("conv1/weights", [2, 3], (first, to) => weights.AsSpan((int)first, to.Length).CopyTo(to)),
                TensorToWrite.Float64("a \"quoted\" \u00e9 \U0001F600", [], (_, to) => to[0] = Math.PI),
                TensorToWrite.Int64("steps", [2], (_, to) => (to[0], to[1]) = (long.MinValue, 42)),
                TensorToWrite.Float32("none", [0, 5], (_, _) => Assert.Fail("there is nothing to ask for")),
            ],
            new Dictionary<string, string> { ["format"] = "pt", ["note"] = "line 1\nline 2 \u00e9" });

        using SafetensorsFile file = SafetensorsFile.Open(FilePath);
        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "line 1\nline 2 \u00e9" }, file.Metadata);
        Assert.Equal(5, file.Tensors.Count);
        SafetensorsTensor tensor = file.Find("conv1/weights")!;
        Assert.Equal(TensorDataType.Float32, tensor.DataType);
        Assert.Equal<long>([2, 3], tensor.Shape);
        Assert.Equal((6, 24), (tensor.Count, tensor.Bytes));
        var floats = new float[6];
        file.Read(tensor, floats);
        Assert.Equal(weights.Select(BitConverter.SingleToInt32Bits), floats.Select(BitConverter.SingleToInt32Bits));
        var pi = new double[1];
        file.Read(file.Find("a \"quoted\" \u00e9 \U0001F600")!, pi);
        Assert.Equal(Math.PI, pi[0]);
        var steps = new long[2];
        file.Read(file.Find("steps")!, steps);
        Assert.Equal([long.MinValue, 42], steps);
        var bytes = new byte[3];
        file.Read(file.Find("bytes")!, bytes);
        Assert.Equal([0, 127, 255], bytes);
        file.Read(file.Find("none")!, Span<float>.Empty);
        Assert.Null(file.Find("conv1"));
    }

    [Fact]
    public void The_layout_is_the_formats()
    {
        SafetensorsWriter.Write(
            FilePath,
            [TensorToWrite.UInt8("u", [1], (_, to) => to[0] = 7), TensorToWrite.Float32("f", [1], (_, to) => to[0] = 1)],
            new Dictionary<string, string>());
        byte[] all = File.ReadAllBytes(FilePath);
        long length = BinaryPrimitives.ReadInt64LittleEndian(all);
        Assert.Equal(0, length % 8);
        using JsonDocument header = JsonDocument.Parse(all.AsMemory(8, (int)length));
        Assert.Equal("""{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", header.RootElement.GetProperty("f").GetRawText());
        Assert.Equal("""{"dtype":"U8","shape":[1],"data_offsets":[4,5]}""", header.RootElement.GetProperty("u").GetRawText());
        Assert.Equal([0, 0, 0x80, 0x3f, 7], all[(8 + (int)length)..]);
    }

    [Fact]
    public void All_types_of_the_format_are_read()
    {
        // Bit patterns of IEEE 754 and of bfloat16: 1.5, -2 and the smallest half above 0, 2^-24.
        (string Type, byte[] Data, double[] Values)[] floating =
        [
            ("F16", [0x00, 0x3e, 0x00, 0xc0, 0x01, 0x00], [1.5, -2, 5.9604644775390625e-8]),
            ("BF16", [0xc0, 0x3f, 0x00, 0xc0], [1.5, -2]),
            ("F32", [0x00, 0x00, 0xc0, 0x3f], [1.5]),
            ("F64", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]),
        ];
        foreach ((string type, byte[] data, double[] values) in floating)
        {
            using SafetensorsFile file = Open($$$"""{"t":{"dtype":"{{{type}}}","shape":[{{{values.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data);
            var doubles = new double[values.Length];
            file.Read(file.Tensors[0], doubles);
            Assert.Equal(values, doubles);
            var floats = new float[values.Length];
            file.Read(file.Tensors[0], floats);
            Assert.Equal(values.Select(v => (float)v), floats);
            Assert.Contains("not integers", Assert.Throws<WeightFileException>(() => file.Read(file.Tensors[0], new long[values.Length])).Message, StringComparison.Ordinal);
        }

        (string Type, byte[] Data, long[] Values)[] integers =
        [
            ("I64", [0xfe, 255, 255, 255, 255, 255, 255, 255], [-2]),
            ("I32", [0xfe, 255, 255, 255], [-2]),
            ("I16", [0xfe, 255], [-2]),
            ("I8", [0xfe], [-2]),
            ("U64", [0xfe, 255, 255, 255, 255, 255, 255, 0x7f], [long.MaxValue - 1]),
            ("U32", [0xfe, 255, 255, 255], [4294967294]),
            ("U16", [0xfe, 255], [65534]),
            ("U8", [0xfe], [254]),
            ("BOOL", [1, 0], [1, 0]),
        ];
        foreach ((string type, byte[] data, long[] values) in integers)
        {
            using SafetensorsFile file = Open($$$"""{"t":{"dtype":"{{{type}}}","shape":[{{{values.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data);
            var longs = new long[values.Length];
            file.Read(file.Tensors[0], longs);
            Assert.Equal(values, longs);
            WeightFileException e = Assert.Throws<WeightFileException>(() => file.Read(file.Tensors[0], new float[values.Length]));
            Assert.Equal($"{FilePath}: tensor 't': its elements are {file.Tensors[0].DataType}, not floating-point numbers.", e.Message);
        }

        using SafetensorsFile large = Open("""{"t":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}""", [255, 255, 255, 255, 255, 255, 255, 255]);
        Assert.Contains("larger than 2^63 - 1", Assert.Throws<WeightFileException>(() => large.Read(large.Tensors[0], new long[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_several_pieces_is_whole()
    {
        const int Count = 1_000_003; // several of the writer's pieces and of the reader's, and a part of one
        SafetensorsWriter.Write(
            FilePath,
            [TensorToWrite.Float32("t", [Count], (first, to) =>
            {
                for (int i = 0; i < to.Length; i++) to[i] = first + i;
            })],
            new Dictionary<string, string>());
        using SafetensorsFile file = SafetensorsFile.Open(FilePath);
        var values = new float[Count];
        file.Read(file.Tensors[0], values);
        for (int i = 0; i < Count; i++) Assert.True(values[i] == i);
    }

    [Fact]
    public void A_wrong_destination_is_refused()
    {
        string other = Path.Combine(_folder.Path, "other.safetensors");
        foreach (string path in (string[])[FilePath, other])
            SafetensorsWriter.Write(path, [TensorToWrite.Float32("t", [3], (_, _) => { })], new Dictionary<string, string>());
        using SafetensorsFile file = SafetensorsFile.Open(FilePath), second = SafetensorsFile.Open(other);
        Assert.Contains("takes a destination of 3, not 2", Assert.Throws<ArgumentException>(() => file.Read(file.Tensors[0], new float[2])).Message, StringComparison.Ordinal);
        Assert.Contains("takes a destination of 12 bytes, not 3", Assert.Throws<ArgumentException>(() => file.Read(file.Tensors[0], new byte[3])).Message, StringComparison.Ordinal);
        Assert.Contains("is not one of file", Assert.Throws<ArgumentException>(() => file.Read(second.Tensors[0], new float[3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_in_a_file_is_not_written()
    {
        var none = new Dictionary<string, string>();
        TensorToWrite t = TensorToWrite.Float32("t", [1], (_, _) => { });
        TensorToWrite Named(string name) => TensorToWrite.Float32(name, [1], (_, _) => { });
        Refused("two tensors 't'", () => SafetensorsWriter.Write(FilePath, [t, t], none));
        Refused("reserves the name", () => SafetensorsWriter.Write(FilePath, [Named("__metadata__")], none));
        Refused("control characters", () => SafetensorsWriter.Write(FilePath, [Named("a\0b")], none));
        Refused("no valid Unicode", () => SafetensorsWriter.Write(FilePath, [Named("\ud800")], none));
        Refused("no valid Unicode", () => SafetensorsWriter.Write(FilePath, [t], new Dictionary<string, string> { ["k"] = "\udc00\ud800" }));
        Refused("cannot have the shape [-1]", () => TensorToWrite.Float32("t", [-1], (_, _) => { }));
        Refused("cannot have the shape", () => TensorToWrite.Float64("t", [long.MaxValue, 2], (_, _) => { }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        static void Refused(string part, Action action) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_leaves_the_old_file_and_nothing_else()
    {
        byte[] old = Encoding.ASCII.GetBytes("old");
        File.WriteAllBytes(FilePath, old);
        TensorToWrite bad = TensorToWrite.Float32("t", [1], (_, _) => throw new InvalidOperationException("no values"));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(FilePath, [bad], new Dictionary<string, string>()));
        using var cancelled = new CancellationTokenSource();
        TensorToWrite stop = TensorToWrite.Float32("t", [1 << 20], (_, _) => cancelled.Cancel());
        Assert.Throws<OperationCanceledException>(() => SafetensorsWriter.Write(FilePath, [stop], new Dictionary<string, string>(), cancelled.Token));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal(old, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void Places_that_cannot_be_used_are_named()
    {
        var none = new Dictionary<string, string>();
        string inside = Path.Combine(_folder.Path, "absent", "file.safetensors");
        Assert.Equal($"{inside}: it cannot be written: there is no such folder.", Assert.Throws<WeightFileException>(() => SafetensorsWriter.Write(inside, [], none)).Message);
        Assert.Equal($"{_folder.Path}: it is a folder; a file is to be written.", Assert.Throws<WeightFileException>(() => SafetensorsWriter.Write(_folder.Path, [], none)).Message);
        WeightFileException absent = Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(inside));
        Assert.Equal((inside, "there is no such file."), (absent.Path, absent.Reason));
        Assert.Equal($"{_folder.Path}: it is a folder, or may not be read.", Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(_folder.Path)).Message);
    }

    /// <summary>Both files are made by the format's own library: tests/data/weights/make_safetensors.py.</summary>
    [Fact]
    public void A_file_of_the_formats_own_library_is_read()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestFiles.Weights("types.safetensors"));
        Assert.Equal(new Dictionary<string, string> { ["format"] = "np", ["text"] = "a \"quote\", \\ and \u00e9" }, file.Metadata);
        Assert.Equal(14, file.Tensors.Count);
        foreach (string name in (string[])["float64", "float32", "float16"])
        {
            SafetensorsTensor tensor = file.Find(name)!;
            Assert.Equal<long>([2, 3, 4], tensor.Shape);
            var values = new double[24];
            file.Read(tensor, values);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (i / 8.0) - 1), values);
        }

        foreach (string name in (string[])["int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"])
        {
            SafetensorsTensor tensor = file.Find(name)!;
            Assert.Equal<long>(name[0] == 'u' ? [5] : [3, 2], tensor.Shape);
            var values = new long[tensor.Count];
            file.Read(tensor, values);
            Assert.Equal(Enumerable.Range(0, values.Length).Select(i => name[0] == 'u' ? 3L * i : (3L * i) - 4), values);
        }

        var truths = new long[3];
        file.Read(file.Find("bool")!, truths);
        Assert.Equal([1, 0, 1], truths);
        var scalar = new float[1];
        file.Read(file.Find("scalar")!, scalar);
        Assert.Equal(-1.5f, scalar[0]);
        Assert.Equal<long>([0, 3], file.Find("empty")!.Shape);
    }

    [Fact]
    public void The_same_tensors_are_written_as_the_formats_own_library_writes_them()
    {
        string original = TestFiles.Weights("plain.safetensors");
        using (SafetensorsFile file = SafetensorsFile.Open(original))
            SafetensorsWriter.Write(FilePath, [.. file.Tensors.Select(t => Copy(file, t))], file.Metadata);
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(FilePath));

        static TensorToWrite Copy(SafetensorsFile file, SafetensorsTensor tensor)
        {
            var bytes = new byte[tensor.Bytes];
            file.Read(tensor, bytes);
            TensorFill<T> From<T>()
                where T : unmanaged => (first, to) => MemoryMarshal.Cast<byte, T>(bytes).Slice((int)first, to.Length).CopyTo(to);
            return tensor.DataType switch
            {
                TensorDataType.Float32 => TensorToWrite.Float32(tensor.Name, tensor.Shape, From<float>()),
                TensorDataType.Float64 => TensorToWrite.Float64(tensor.Name, tensor.Shape, From<double>()),
                TensorDataType.Int64 => TensorToWrite.Int64(tensor.Name, tensor.Shape, From<long>()),
                _ => TensorToWrite.UInt8(tensor.Name, tensor.Shape, From<byte>()),
            };
        }
    }

    private SafetensorsFile Open(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(FilePath, [.. length, .. json, .. data]);
        return SafetensorsFile.Open(FilePath);
    }
}
