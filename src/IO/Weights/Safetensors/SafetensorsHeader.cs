using System.Globalization;
using System.Text.Json;

namespace AlexNetCuda.IO;

/// <summary>
/// The JSON at the head of a safetensors file, checked whole: <c>{"__metadata__": {"key": "value"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets":
/// [0, 24]}}</c>. The rules are those of the format's description (https://github.com/huggingface/safetensors#format): no key twice, no hole, no overlap, no byte
/// that belongs to no tensor.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const long MostBytes = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private const int MostDepth = 4;

    private static readonly Dictionary<string, TensorDataType> Types = new()
    {
        ["F64"] = TensorDataType.Float64, ["F32"] = TensorDataType.Float32, ["F16"] = TensorDataType.Float16, ["BF16"] = TensorDataType.BFloat16,
        ["I64"] = TensorDataType.Int64, ["I32"] = TensorDataType.Int32, ["I16"] = TensorDataType.Int16, ["I8"] = TensorDataType.Int8,
        ["U64"] = TensorDataType.UInt64, ["U32"] = TensorDataType.UInt32, ["U16"] = TensorDataType.UInt16, ["U8"] = TensorDataType.UInt8,
        ["BOOL"] = TensorDataType.Bool,
    };

    private readonly string _path;
    private Dictionary<string, string>? _metadata;
    private readonly Dictionary<string, SafetensorsTensor> _byName = [];
    private readonly List<SafetensorsTensor> _tensors = [];

    private SafetensorsHeader(string path) => _path = path;

    public IReadOnlyDictionary<string, string> Metadata => _metadata ?? [];

    public IReadOnlyDictionary<string, SafetensorsTensor> ByName => _byName;

    /// <summary>In the order of their values in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _tensors;

    /// <summary>How the format calls a type.</summary>
    public static string NameOf(TensorDataType type) => Types.First(t => t.Value == type).Key;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="json">The header without the 8 bytes of its length.</param>
    /// <param name="dataBytes">The bytes of the file after it.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="WeightFileException">It breaks a rule.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataBytes, string path)
    {
        var header = new SafetensorsHeader(path);
        if (json is not [(byte)'{', ..]) throw header.Error("its header does not begin with '{': it is no safetensors file.");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostDepth });
        try
        {
            header.Read(ref reader);
        }
        catch (JsonException e)
        {
            throw header.Error($"its header is not the JSON that it should be: {TensorShapes.Printable(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader's answer to a string that is no text: bad UTF-8, half of a surrogate pair.
            throw header.Error($"its header has a text that is no valid Unicode, near byte {8 + reader.BytesConsumed} of the file.", e);
        }

        header.CheckOffsets(dataBytes);
        return header;
    }

    private void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey) ReadMetadata(ref reader);
            else ReadTensor(name, ref reader);
        }

        if (reader.Read()) throw Error("its header goes on after the JSON."); // the reader itself refuses all but spaces
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadata is not null) throw Error($"its header has '{MetadataKey}' twice.");
        if (reader.TokenType != JsonTokenType.StartObject) throw Error($"'{MetadataKey}' is no object of texts.");
        _metadata = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Error($"the metadata of key {TensorShapes.Show(key)} is no text.");
            if (!_metadata.TryAdd(key, reader.GetString()!)) throw Error($"its metadata have the key {TensorShapes.Show(key)} twice.");
        }
    }

    private void ReadTensor(string name, ref Utf8JsonReader reader)
    {
        if (name.Any(char.IsControl)) throw Error($"the name of a tensor, {TensorShapes.Show(name)}, has control characters.");
        if (reader.TokenType != JsonTokenType.StartObject) throw Error(name, "its entry is no object.");
        TensorDataType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            bool twice = key switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false };
            if (twice) throw Error(name, $"its entry has '{key}' twice.");
            switch (key)
            {
                case "dtype":
                    type = ReadType(name, ref reader);
                    break;
                case "shape":
                    shape = ReadNumbers(name, key, TensorShapes.MostDimensions, ref reader);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(name, key, 2, ref reader);
                    break;
                default:
                    throw Error(name, $"its entry has {TensorShapes.Show(key)}, which the format does not know.");
            }
        }

        if (type is not { } dataType || shape is null || offsets is null) throw Error(name, "its entry lacks 'dtype', 'shape' or 'data_offsets'.");
        Add(name, dataType, [.. shape], offsets);
    }

    private TensorDataType ReadType(string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) throw Error(name, "its 'dtype' is no text.");
        string text = reader.GetString()!;
        return Types.TryGetValue(text, out TensorDataType type)
            ? type
            : throw Error(name, $"its element type, {TensorShapes.Show(text)}, is not supported. There are: {string.Join(", ", Types.Keys)}.");
    }

    private List<long> ReadNumbers(string name, string key, int most, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Error(name, $"its '{key}' is no list of numbers.");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Error(name, $"its '{key}' holds something that is no whole number of 0 to 2^63 - 1.");
            if (numbers.Count == most) throw Error(name, string.Create(CultureInfo.InvariantCulture, $"its '{key}' has more than {most} numbers."));
            numbers.Add(number);
        }

        return numbers;
    }

    private void Add(string name, TensorDataType type, long[] shape, List<long> offsets)
    {
        if (offsets.Count != 2 || offsets[0] > offsets[1]) throw Error(name, "its 'data_offsets' are not a begin and an end.");
        if (!TensorShapes.TryCount(shape, TensorDataTypes.SizeOf(type), out long count, out long bytes))
            throw Error(name, $"its shape, {TensorShapes.Show(shape)}, has more elements than can be counted.");
        long given = offsets[1] - offsets[0];
        if (given != bytes)
        {
            throw Error(name, string.Create(
                CultureInfo.InvariantCulture, $"its shape, {TensorShapes.Show(shape)} of {NameOf(type)}, takes {bytes} bytes, and its offsets span {given}."));
        }

        var tensor = new SafetensorsTensor(name, type, shape, count, offsets[0], bytes);
        if (!_byName.TryAdd(name, tensor)) throw Error(name, "it is in the header twice.");
        _tensors.Add(tensor);
    }

    /// <summary>The values of the tensors, put in order, fill the rest of the file without hole or overlap.</summary>
    private void CheckOffsets(long dataBytes)
    {
        _tensors.Sort((a, b) => (a.Offset, a.Bytes).CompareTo((b.Offset, b.Bytes))); // empty ones before those that begin at the same place
        long end = 0;
        foreach (SafetensorsTensor tensor in _tensors)
        {
            if (tensor.Offset != end)
            {
                string what = tensor.Offset < end ? "overlap those of the tensor before it" : "leave a hole after the tensor before it";
                throw Error(tensor.Name, string.Create(CultureInfo.InvariantCulture, $"its values, from byte {tensor.Offset} of the data on, {what} (which ends at {end})."));
            }

            end += tensor.Bytes;
        }

        if (end > dataBytes)
            throw Error(string.Create(CultureInfo.InvariantCulture, $"it is cut short: its tensors take {end} bytes, and {dataBytes} follow the header."));
        if (end < dataBytes)
            throw Error(string.Create(CultureInfo.InvariantCulture, $"{dataBytes - end} bytes follow the last tensor and belong to none."));
    }

    private WeightFileException Error(string reason, Exception? cause = null) => new(_path, reason, cause);

    private WeightFileException Error(string tensor, string reason) => new(_path, $"tensor {TensorShapes.Show(tensor)}: {reason}");
}
