using System.Buffers.Binary;
using System.Text.Json;

namespace AlexNetCuda.IO;

/// <summary>
/// Writes safetensors files. The values come a piece at a time, so that a file of any size takes little memory. Tensors of wider elements come first, else the order
/// is the caller's: with the header filled up with spaces to a multiple of 8 bytes, every value is aligned, as the format's own library does it.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file: whole under its name, or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">The tensors, each name once.</param>
    /// <param name="metadata">Texts to keep with them.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <exception cref="ArgumentException">A name occurs twice, is reserved by the format, or a text is no valid Unicode.</exception>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        Check(tensors, metadata);
        TensorToWrite[] ordered = [.. tensors.OrderByDescending(t => TensorDataTypes.SizeOf(t.DataType))];
        byte[] header = Header(ordered, metadata);
        if (header.Length > SafetensorsHeader.MostBytes)
            throw new ArgumentException($"The header of {header.Length} bytes is larger than the format allows ({SafetensorsHeader.MostBytes}): there is too much metadata.");
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (TensorToWrite tensor in ordered) TensorPieces.Write(tensor, stream, cancellation);
        });
    }

    private static void Check(IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var names = new HashSet<string>();
        foreach (TensorToWrite tensor in tensors)
        {
            if (tensor.Name == SafetensorsHeader.MetadataKey) throw new ArgumentException($"The format reserves the name '{tensor.Name}'.", nameof(tensors));
            if (tensor.Name.Any(char.IsControl)) throw new ArgumentException($"The name of a tensor, {TensorShapes.Show(tensor.Name)}, has control characters.", nameof(tensors));
            if (!names.Add(tensor.Name)) throw new ArgumentException($"There are two tensors {TensorShapes.Show(tensor.Name)}.", nameof(tensors));
        }

        IEnumerable<string> texts = names.Concat(metadata.Keys).Concat(metadata.Values);
        if (texts.FirstOrDefault(t => !IsUnicode(t)) is { } bad) throw new ArgumentException($"The text {TensorShapes.Show(bad)} is no valid Unicode.");
    }

    /// <summary>Whether every surrogate has its partner.</summary>
    private static bool IsUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static byte[] Header(TensorToWrite[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (TensorToWrite tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsHeader.NameOf(tensor.DataType));
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, checked(offset += tensor.Bytes)]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (stream.Length % Alignment != 0) stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
