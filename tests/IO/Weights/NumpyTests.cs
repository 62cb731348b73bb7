using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

/// <summary>The files are numpy's own: tests/data/weights/numpy/make_numpy.py.</summary>
public sealed class NumpyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("f4", TensorDataType.Float32, new long[] { 2, 3, 4 })]
    [InlineData("f4-fortran", TensorDataType.Float32, new long[] { 2, 3, 4 })]
    [InlineData("f8", TensorDataType.Float64, new long[] { 7 })]
    [InlineData("f8-big", TensorDataType.Float64, new long[] { 2, 3 })]
    [InlineData("f2", TensorDataType.Float16, new long[] { 2, 3 })]
    [InlineData("version-2", TensorDataType.Float32, new long[] { 2, 3 })]
    [InlineData("version-3", TensorDataType.Float32, new long[] { 2, 3 })]
    [InlineData("scalar", TensorDataType.Float32, new long[0])]
    [InlineData("empty", TensorDataType.Float32, new long[] { 0, 3 })]
    public void Floating_point_arrays_are_read(string name, TensorDataType type, long[] shape)
    {
        WeightTensor tensor = NpyFile.Read(Numpy(name + ".npy"));
        Assert.Equal((name, type), (tensor.Name, tensor.DataType));
        Assert.Equal(shape, tensor.Shape);
        HoldsEighths(tensor);
        Assert.Contains("not integers", Assert.Throws<WeightFileException>(() => tensor.Read(new long[tensor.Count])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("i8", TensorDataType.Int64, new long[] { 3, 2 })]
    [InlineData("i4", TensorDataType.Int32, new long[] { 3, 4 })]
    [InlineData("i4-big-fortran", TensorDataType.Int32, new long[] { 3, 4 })]
    [InlineData("i2", TensorDataType.Int16, new long[] { 3 })]
    [InlineData("u1", TensorDataType.UInt8, new long[] { 5 })]
    [InlineData("bool", TensorDataType.Bool, new long[] { 3 })]
    public void Integer_arrays_are_read(string name, TensorDataType type, long[] shape)
    {
        WeightTensor tensor = NpyFile.Read(Numpy(name + ".npy"));
        Assert.Equal(type, tensor.DataType);
        Assert.Equal(shape, tensor.Shape);
        var values = new long[tensor.Count];
        tensor.Read(values);
        Assert.Equal(
            Enumerable.Range(0, values.Length).Select(i => type switch { TensorDataType.Bool => 1L - (i % 2), TensorDataType.UInt8 => 3L * i, _ => (3L * i) - 4 }), values);
        Assert.Contains("not floating-point", Assert.Throws<WeightFileException>(() => tensor.Read(new float[tensor.Count])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("structured", "its elements are structures")]
    [InlineData("complex", "the element type '<c8' is not supported")]
    [InlineData("text", "the element type '<U2' is not supported")]
    [InlineData("objects", "it holds Python objects")]
    public void Arrays_of_other_things_are_refused(string name, string part) =>
        HostileFile.IsRefused(Numpy(name + ".npy"), path => NpyFile.Read(path), part);

    [Theory]
    [InlineData("stored")]
    [InlineData("deflated")]
    public void Archives_are_read(string name)
    {
        using NpzFile file = NpzFile.Open(Numpy(name + ".npz"));
        string[] names = ["f4", "f8", "f2", "i8", "u1", "scalar", "empty"];
        Assert.Equal(name == "deflated" ? ["zeros", .. names] : names, file.Tensors.Select(t => t.Name));
        foreach (string one in (string[])["f4", "f8", "f2", "scalar", "empty"]) HoldsEighths(file.Find(one)!);
        var integers = new long[6];
        file.Find("i8")!.Read(integers);
        Assert.Equal([-4, -1, 2, 5, 8, 11], integers);
        Assert.Null(file.Find("f4.npy"));
        if (file.Find("zeros") is not { } zeros) return;
        float[] values = [.. Enumerable.Repeat(1f, 10_000)];
        zeros.Read(values);
        Assert.All(values, v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData("f4")]
    [InlineData("f8")]
    [InlineData("i8")]
    [InlineData("u1")]
    [InlineData("scalar")]
    [InlineData("empty")]
    public void Arrays_are_written_as_numpy_writes_them(string name)
    {
        string path = Path.Combine(_folder.Path, "written.npy");
        NpyFile.Write(path, Copy(NpyFile.Read(Numpy(name + ".npy"))));
        Assert.Equal(File.ReadAllBytes(Numpy(name + ".npy")), File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Archives_are_written_with_numpys_entries(bool compress)
    {
        string path = Path.Combine(_folder.Path, "written.npz");
        string[] names = ["f4", "f8", "i8", "u1", "scalar", "empty"];
        NpzWriter.Write(path, [.. names.Select(n => Copy(NpyFile.Read(Numpy(n + ".npy"))))], compress);
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.OpenRead(path);
        Assert.Equal(names.Select(n => n + ".npy"), archive.Entries.Select(e => e.FullName));
        foreach (System.IO.Compression.ZipArchiveEntry entry in archive.Entries)
        {
            using var content = new MemoryStream();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            Assert.Equal(File.ReadAllBytes(Numpy(entry.FullName)), content.ToArray());
        }

        using NpzFile file = NpzFile.Open(path);
        HoldsEighths(file.Find("f4")!);
    }

    /// <summary>Protocols 2, 3 and 4, of NumPy 1 and 2, and of Python 2 (make_python2.py).</summary>
    [Theory]
    [InlineData("layers-protocol2")]
    [InlineData("layers")]
    [InlineData("layers-protocol4")]
    [InlineData("layers-numpy2")]
    [InlineData("layers-python2")]
    public void A_pickled_dictionary_of_layers_is_read(string name)
    {
        string path = Numpy(name + ".npy");
        Assert.True(NpyFile.HoldsObjects(path));
        IReadOnlyList<WeightTensor> tensors = NpyFile.ReadLayers(path);
        string[] expected = ["conv1/weights", "conv1/biases", "fc6/weights", "fc6/biases", "fc7/weights", "fc7/biases"];
        Assert.Equal((name == "layers-python2" ? expected[..4] : expected).Order(), tensors.Select(t => t.Name).Order()); // Python 2's dictionaries have no order
        foreach (WeightTensor tensor in tensors) HoldsEighths(tensor);
        Assert.Equal<long>([2, 2, 3, 4], tensors.Single(t => t.Name == "conv1/weights").Shape);
        Assert.Equal<long>([6, 12], tensors.Single(t => t.Name == "fc6/weights").Shape);
        Assert.Equal(TensorDataType.Float64, tensors.Single(t => t.Name == "fc6/biases").DataType);
    }

    [Fact]
    public void The_two_kinds_of_npy_file_are_told_apart()
    {
        Assert.False(NpyFile.HoldsObjects(Numpy("f4.npy")));
        HostileFile.IsRefused(Numpy("f4.npy"), path => NpyFile.ReadLayers(path), "holds an array of numbers, not a dictionary");
        HostileFile.IsRefused(Numpy("layers.npy"), path => NpyFile.Read(path), "holds Python objects");
        HostileFile.IsRefused(Numpy("objects.npy"), path => NpyFile.ReadLayers(path), "in the shape [2]");
        HostileFile.IsRefused(Numpy("objects.npz"), path => NpzFile.Open(path), "array 'a.npy': it holds Python objects");
    }

    internal static string Numpy(string name) => TestFiles.Weights(Path.Combine("numpy", name));

    /// <summary>Element i is i / 8 - 1, as float and as double.</summary>
    private static void HoldsEighths(WeightTensor tensor)
    {
        var doubles = new double[tensor.Count];
        tensor.Read(doubles);
        Assert.Equal(Enumerable.Range(0, doubles.Length).Select(i => (i / 8.0) - 1), doubles);
        var floats = new float[tensor.Count];
        tensor.Read(floats);
        Assert.Equal(doubles.Select(d => (float)d), floats);
    }

    private static TensorToWrite Copy(WeightTensor tensor)
    {
        var doubles = new double[tensor.Count];
        var longs = new long[tensor.Count];
        if (TensorDataTypes.IsFloating(tensor.DataType)) tensor.Read(doubles);
        else tensor.Read(longs);
        TensorFill<T> From<TStored, T>(TStored[] values)
            where TStored : System.Numerics.INumber<TStored>
            where T : System.Numerics.INumber<T> => (first, to) =>
        {
            for (int i = 0; i < to.Length; i++) to[i] = T.CreateChecked(values[first + i]);
        };
        return tensor.DataType switch
        {
            TensorDataType.Float32 => TensorToWrite.Float32(tensor.Name, tensor.Shape, From<double, float>(doubles)),
            TensorDataType.Float64 => TensorToWrite.Float64(tensor.Name, tensor.Shape, From<double, double>(doubles)),
            TensorDataType.Int64 => TensorToWrite.Int64(tensor.Name, tensor.Shape, From<long, long>(longs)),
            TensorDataType.UInt8 => TensorToWrite.UInt8(tensor.Name, tensor.Shape, From<long, byte>(longs)),
            _ => throw new InvalidOperationException($"no test copies {tensor.DataType}"),
        };
    }
}
