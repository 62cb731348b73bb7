using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

public sealed class HostileNumpyTests : IDisposable
{
    private const string GoodText = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "its shape, [2] of Float32, takes 8 bytes, and 4 follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), } x", "character 56 of it")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "character 51 of it")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "of it is not what a header has there")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "more elements than an array holds")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000,), }", "more elements than an array holds")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", "takes 4000000000 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 1, }", "character 50 of it")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "character 34 of it")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "is missing")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "the key 'descr' is unknown, or there twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "the key 'x' is unknown")]
    [InlineData("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "the element type '<f3'")]
    [InlineData("{'descr': '<<f4', 'fortran_order': False, 'shape': (1,), }", "the element type '<<f4'")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (1,), }", "the element type ''")]
    [InlineData("{'descr': '<f4\n', 'fortran_order': False, 'shape': (1,), }", "the element type '<f4?'")]
    [InlineData("{'descr': '<f4", "of it is not what a header has there")]
    [InlineData("__import__('os').system('true')", "character 0 of it")]
    [InlineData("", "character 0 of it")]
    public void A_bad_header_is_refused(string text, string part) => HostileFile.IsRefused(Npy(text, 4), path => NpyFile.Read(path), part);

    [Fact]
    public void Bad_beginnings_are_refused()
    {
        byte[] good = File.ReadAllBytes(Npy(GoodText, 4));
        _ = NpyFile.Read(_folder.Add("good.npy", good));
        Refused([], "does not begin with the bytes");
        Refused(Encoding.ASCII.GetBytes("hello, world"), "does not begin with the bytes");
        Refused([.. good[..6], 4, 0, .. good[8..]], "its version is 4.0");
        Refused([.. good[..6], 1, 1, .. good[8..]], "its version is 1.1");
        Refused([.. good[..6], 2, 0, 255, 255, 255, 255, .. good[12..]], "its header takes 4294967295 bytes");
        Refused([.. good[..8], 255, 255, .. good[10..]], "cut short");
        Refused([.. good, 0], "takes 4 bytes, and 5 follow");
        string many = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + string.Concat(Enumerable.Repeat("1,", 65)) + ")}";
        HostileFile.IsRefused(Npy(many, 4), path => NpyFile.Read(path), "more than 64 dimensions");
        HostileFile.IsRefused(Path.Combine(_folder.Path, "good.npy"), path => NpzFile.Open(path), "no zip archive");

        void Refused(byte[] bytes, string part) => HostileFile.IsRefused(_folder.Add("bad.npy", bytes), path => NpyFile.Read(path), part);
    }

    [Fact]
    public void An_archive_that_would_expand_beyond_reason_is_refused_before_it_does()
    {
        string path = Path.Combine(_folder.Path, "bomb.npz");
        const int Values = 25 << 20; // 100 MiB of zeros, which deflate to some 100 KB
        NpzWriter.Write(path, [TensorToWrite.Float32("bomb", [Values], (_, to) => to.Clear())], compress: true);
        Assert.True(new FileInfo(path).Length < 1 << 20);
        HostileFile.IsRefused(path, p => NpzFile.Open(p), "would expand to");
    }

    [Fact]
    public void Bad_archives_are_refused()
    {
        byte[] npy = File.ReadAllBytes(Npy(GoodText, 4));
        Refused([("a.npy", npy), ("a.npy", npy)], "array 'a.npy': it is in the archive twice");
        Refused([("a.npy", npy), ("readme.txt", npy)], "its name does not end with .npy");
        Refused([("a\0.npy", npy)], "control characters");
        Refused([("a.npy", npy[..20])], "array 'a.npy': it is cut short");
        Refused([("a.npy", [.. npy, 1])], "takes 4 bytes, and 5 follow");
        Refused([("a.npy", Encoding.ASCII.GetBytes("hello"))], "does not begin with the bytes of an npy file");
        byte[] archive = File.ReadAllBytes(NumpyTests.Numpy("stored.npz"));
        int at = archive.AsSpan().LastIndexOf((byte)0x3f); // in the value of 'scalar' or of an array before it
        HostileFile.IsRefused(_folder.Add("cut.npz", archive.AsSpan(0, archive.Length / 2)), path => NpzFile.Open(path), "no zip archive");
        archive[at] ^= 1;
        HostileFile.IsRefused(_folder.Add("changed.npz", archive), ReadArchive, "checksum is wrong");

        void Refused((string Name, byte[] Content)[] entries, string part)
        {
            string path = Path.Combine(_folder.Path, "bad.npz");
            using (var stream = new FileStream(path, FileMode.Create))
            using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
            {
                foreach ((string name, byte[] content) in entries)
                {
                    using Stream entry = zip.CreateEntry(name).Open();
                    entry.Write(content);
                }
            }

            HostileFile.IsRefused(path, ReadArchive, part);
        }
    }

    /// <summary>Pickles written by hand; the texts are Latin-1.</summary>
    [Theory]
    [InlineData("\u0080\u0002cos\nsystem\n(U\u0004trueR.", "it asks for 'os.system'")]
    [InlineData("\u0080\u0002c__builtin__\neval\n.", "it asks for '__builtin__.eval'")]
    [InlineData("\u0080\u0004\u008c\u0005posix\u008c\u0006system\u0093.", "it asks for 'posix.system'")]
    [InlineData("\u0080\u0002cnumpy.core.multiarray\nscalar\n.", "it asks for 'numpy.core.multiarray.scalar'")]
    [InlineData("\u0080\u0002cnumpy\nndarray.tofile\n.", "it asks for 'numpy.ndarray.tofile'")]
    [InlineData("\u0080\u0002]cnumpy\nndarray\n\u0081.", "the opcode 0x81 at byte 18")] // NEWOBJ
    [InlineData("\u0080\u0002(cos\nsystem\ni.", "it asks for 'os.system'")]
    [InlineData("\u0080\u0002(ios\nsystem\n.", "the opcode 0x69")] // INST
    [InlineData("\u0080\u0002P1\n.", "the opcode 0x50")] // PERSID
    [InlineData("\u0080\u0002\u0082\u0001.", "the opcode 0x82")] // EXT1
    [InlineData("\u0080\u0002cnumpy\nndarray\n)R.", "makes something that is no array")]
    [InlineData("\u0080\u0002cnumpy\ndtype\n)R.", "makes something that is no array")]
    [InlineData("\u0080\u0002}(K\u0001K\u0002u.", "keys are no short texts")]
    [InlineData("\u0080\u0002}}b.", "gives a state to something that is no array")]
    [InlineData("\u0080\u0002}]a.", "adds to something that is no list")]
    [InlineData("\u0080\u0002](K\u0001u.", "adds to something that is no dictionary")]
    [InlineData("\u0080\u0005}.", "its protocol is 5")]
    [InlineData("\u0080\u0001}.", "its protocol is 1")]
    [InlineData("\u0080\u0002}", "cut short")]
    [InlineData("\u0080\u0002.", "ends with things left over")]
    [InlineData("\u0080\u0002}}.", "ends with things left over")]
    [InlineData("\u0080\u0002}.x", "1 bytes follow")]
    [InlineData("\u0080\u0002a.", "takes more from its stack")]
    [InlineData("\u0080\u0002}(s.", "takes more from its stack")]
    [InlineData("\u0080\u0002t.", "takes more from its stack")]
    [InlineData("\u0080\u0002h\u0001.", "recalls thing 1")]
    [InlineData("\u0080\u0002T\u00ff\u00ff\u00ff\u007f.", "cut short")]
    [InlineData("\u0080\u0002T\u00ff\u00ff\u00ff\u00ff.", "cut short")]
    [InlineData("\u0080\u0004\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f.", "cut short")]
    [InlineData("\u0080\u0002\u008a\u0009123456789.", "beyond 64 bits")]
    [InlineData("\u0080\u0002cno line end", "a name without an end")]
    [InlineData("\u0080\u0002}.", "")]
    [InlineData("\u0080\u0002].", "something else than one dictionary")]
    [InlineData("\u0080\u0002}U\u0005conv1K\u0001s.", "layer 'conv1' is neither a list")]
    [InlineData("\u0080\u0002}U\u0005conv1]K\u0001as.", "array 'conv1/weights': it is no array of numbers")]
    [InlineData("\u0080\u0002}U\u0002c\n]K\u0001as.", "control characters")]
    [InlineData("\u0080\u0002}q\u0001U\u0005conv1h\u0001s.", "array 'conv1/conv1': it is no array of numbers")] // a dictionary in itself
    public void A_hostile_pickle_is_refused_and_says_what_it_asked_for(string pickle, string part)
    {
        string path = Npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", 0, Encoding.Latin1.GetBytes(pickle));
        if (part.Length == 0) Assert.Empty(NpyFile.ReadLayers(path)); // the empty dictionary, so that the rest is known to fail for its own reason
        else HostileFile.IsRefused(path, p => NpyFile.ReadLayers(p), part);
    }

    [Fact]
    public void A_pickle_that_grows_is_refused()
    {
        // One text, made into bytes again and again, and a million lists.
        byte[] start = Encoding.Latin1.GetBytes("\u0080\u0002X\u00e8\u0003\0\0" + new string('a', 1000) + "q\u00010");
        byte[] again = Encoding.Latin1.GetBytes("c_codecs\nencode\nh\u0001U\u0006latin1\u0086R0");
        byte[] encoded = [.. start, .. Enumerable.Repeat(again, 1000).SelectMany(b => b)];
        HostileFile.IsRefused(Npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", 0, encoded), p => NpyFile.ReadLayers(p), "makes more bytes than it has");
        byte[] lists = [0x80, 2, .. Enumerable.Repeat((byte)']', 1_000_001)];
        string path = Npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", 0, lists);
        Assert.Contains("more steps than any", Assert.Throws<WeightFileException>(() => NpyFile.ReadLayers(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f4-fortran.npy", 800)]
    [InlineData("stored.npz", 800)]
    [InlineData("deflated.npz", 800)]
    [InlineData("layers-python2.npy", 800)]
    [InlineData("layers-protocol4.npy", 800)]
    public void Randomly_changed_files_are_read_or_refused(string name, int tries)
    {
        Action<string> read = name.EndsWith(".npz", StringComparison.Ordinal) ? ReadArchive : name.StartsWith("layers", StringComparison.Ordinal) ? ReadLayers : ReadArray;
        int accepted = HostileFile.Fuzz(Path.Combine(_folder.Path, name), File.ReadAllBytes(NumpyTests.Numpy(name)), tries, read);
        Assert.InRange(accepted, 5, tries - 100);
    }

    private static void ReadArray(string path) => Read(NpyFile.Read(path));

    private static void ReadLayers(string path)
    {
        foreach (WeightTensor tensor in NpyFile.ReadLayers(path)) Read(tensor);
    }

    private static void ReadArchive(string path)
    {
        using NpzFile file = NpzFile.Open(path);
        foreach (WeightTensor tensor in file.Tensors) Read(tensor);
    }

    private static void Read(WeightTensor tensor)
    {
        if (TensorDataTypes.IsFloating(tensor.DataType)) tensor.Read(new float[tensor.Count]);
        else tensor.Read(new long[tensor.Count]);
    }

    private string Npy(string text, int valueBytes, byte[]? content = null)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteInt16LittleEndian(length, (short)text.Length);
        return _folder.Add("hostile.npy", [0x93, .. Encoding.ASCII.GetBytes("NUMPY"), 1, 0, .. length, .. Encoding.Latin1.GetBytes(text), .. content ?? new byte[valueBytes]]);
    }
}
