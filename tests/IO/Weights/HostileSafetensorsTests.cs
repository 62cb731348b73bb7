using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

public sealed class HostileSafetensorsTests : IDisposable
{
    private const string Good = """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[2,2],"data_offsets":[8,12]}}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Name, header, bytes of values, a part of the message.</summary>
    public static TheoryData<string, string, int, string> Headers => new()
    {
        { "no JSON", "hello", 0, "does not begin with '{'" },
        { "nothing", "", 0, "does not begin with '{'" },
        { "an array", "[]", 0, "does not begin with '{'" },
        { "space before it", " {}", 0, "does not begin with '{'" },
        { "cut short", """{"a":""", 0, "not the JSON that it should be" },
        { "only a brace", "{", 0, "not the JSON that it should be" },
        { "a comment", "{/**/}", 0, "not the JSON that it should be" },
        { "two documents", "{}{}", 0, "not the JSON that it should be" },
        { "NULs after it", "{}\0\0", 0, "not the JSON that it should be" },
        { "deep nesting", "{\"a\":" + new string('[', 100_000), 0, "its entry is no object" },
        { "deep nesting in a shape", "{\"a\":{\"dtype\":\"F32\",\"shape\":" + new string('[', 100_000), 0, "no whole number" },
        { "deep nesting in metadata", "{\"__metadata__\":{\"a\":" + new string('{', 100_000), 0, "is no text" },
        { "no valid UTF-8 (as Latin-1)", "{\"\u00ff\u00fe\":{}}", 0, "no valid Unicode" },
        { "half a surrogate pair", """{"\ud800":{}}""", 0, "no valid Unicode" },
        { "an entry that is a number", """{"a":1}""", 0, "tensor 'a': its entry is no object" },
        { "an entry without anything", """{"a":{}}""", 0, "tensor 'a': its entry lacks" },
        { "no dtype", """{"a":{"shape":[],"data_offsets":[0,4]}}""", 4, "lacks 'dtype'" },
        { "no shape", """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "lacks 'dtype'" },
        { "no offsets", """{"a":{"dtype":"F32","shape":[]}}""", 4, "lacks 'dtype'" },
        { "an unknown key", """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"strides":[1]}}""", 4, "has 'strides'" },
        { "an unknown dtype", """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "its element type, 'F8_E4M3', is not supported" },
        { "a dtype that is a number", """{"a":{"dtype":4,"shape":[4],"data_offsets":[0,4]}}""", 4, "'dtype' is no text" },
        { "a key twice in an entry", """{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "has 'dtype' twice" },
        { "a tensor twice", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "tensor 'a': it is in the header twice" },
        { "metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, "has '__metadata__' twice" },
        { "a metadata key twice", """{"__metadata__":{"k":"1","k":"2"}}""", 0, "the key 'k' twice" },
        { "metadata that are no object", """{"__metadata__":null}""", 0, "'__metadata__' is no object of texts" },
        { "metadata that are no text", """{"__metadata__":{"k":1}}""", 0, "the metadata of key 'k' is no text" },
        { "a name with NUL", """{"a\u0000b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'a?b', has control characters" },
        { "a name with a line end", """{"a\nalexnet: all is well":{}}""", 0, "control characters" },
        { "a shape that is a number", """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "'shape' is no list" },
        { "a negative dimension", """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "no whole number" },
        { "a fraction of a dimension", """{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "no whole number" },
        { "a dimension beyond 64 bits", """{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}""", 1, "no whole number" },
        { "a product beyond 64 bits", """{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "more elements than can be counted" },
        { "bytes beyond 64 bits", """{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "more elements than can be counted" },
        { "65 dimensions", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1],\"shape\":[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]}}", 1, "more than 64 numbers" },
        { "one offset", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "not a begin and an end" },
        { "three offsets", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "more than 2 numbers" },
        { "offsets in disorder", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "not a begin and an end" },
        { "negative offsets", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}""", 1, "no whole number" },
        { "a wrong byte count", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "its shape, [3] of F32, takes 12 bytes, and its offsets span 8" },
        { "an overlap", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "tensor 'b': its values, from byte 1 of the data on, overlap" },
        { "the same place twice", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "overlap" },
        { "a gap", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "tensor 'b': its values, from byte 2 of the data on, leave a hole" },
        { "a gap before the first", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "leave a hole" },
        { "values cut short", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3, "cut short: its tensors take 4 bytes, and 3 follow" },
        { "a large tensor without values", """{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""", 0, "cut short" },
        { "bytes after the values", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "1 bytes follow the last tensor" },
        { "bytes and no tensor", "{}", 1, "1 bytes follow the last tensor" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_bad_header_is_refused_with_the_reason(string name, string header, int valueBytes, string part)
    {
        Assert.NotEmpty(name);
        byte[] json = header.Contains('\u00ff', StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(header) : Encoding.UTF8.GetBytes(header);
        HostileFile.IsRefused(Write(json.Length, [.. json, .. new byte[valueBytes]]), ReadAll, part);
    }

    [Theory]
    [InlineData(100_000_001, "ask for a header of 100000001 bytes")]
    [InlineData(99_999_999, "its header takes 99999999 bytes, and the file has 6 more")]
    [InlineData(7, "its header takes 7 bytes, and the file has 6 more")]
    [InlineData(long.MaxValue, "the format allows 100000000")]
    [InlineData(-1, "ask for a header of 18446744073709551615 bytes")]
    [InlineData(0, "does not begin with '{'")]
    public void A_bad_header_length_is_refused(long length, string part) =>
        HostileFile.IsRefused(Write(length, Encoding.ASCII.GetBytes("{}    ")), ReadAll, part);

    [Fact]
    public void A_file_cut_short_at_any_byte_is_refused()
    {
        byte[] good = GoodFile();
        ReadAll(_folder.Add("good.safetensors", good));
        for (int length = 0; length < good.Length; length++)
        {
            string path = _folder.Add("cut.safetensors", good.AsSpan(0, length));
            Assert.Throws<WeightFileException>(() => ReadAll(path));
        }
    }

    [Fact]
    public void Spaces_after_the_JSON_and_an_empty_file_of_no_tensors_are_good()
    {
        ReadAll(Write(8, Encoding.ASCII.GetBytes("{}      ")));
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Add("good.safetensors", GoodFile()));
        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
    }

    [Fact]
    public void Randomly_changed_files_are_read_or_refused()
    {
        // Some changes hit values, a name or the metadata: those files are good. Both outcomes must occur for the test to test anything.
        int accepted = HostileFile.Fuzz(Path.Combine(_folder.Path, "fuzz.safetensors"), GoodFile(), 3_000, ReadAll);
        Assert.InRange(accepted, 20, 1_000);
    }

    private static byte[] GoodFile()
    {
        byte[] json = Encoding.UTF8.GetBytes(Good);
        return [.. Length(json.Length), .. json, .. Enumerable.Range(0, 12).Select(i => (byte)i)];
    }

    private static byte[] Length(long length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }

    private static void ReadAll(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            if (TensorDataTypes.IsFloating(tensor.DataType)) file.Read(tensor, new float[tensor.Count]);
            file.Read(tensor, new byte[tensor.Bytes]);
        }
    }

    private string Write(long headerLength, byte[] rest) => _folder.Add("hostile.safetensors", [.. Length(headerLength), .. rest]);
}
