using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlexNetCuda.IO;

/// <summary>
/// A mean of each pixel over the training pictures, as the 2012 paper subtracts it: as large as the network's input and in its order of channels. In JSON it is a text,
/// base64 of the values as little-endian float32: a third of the length of the numbers, and exact.
/// </summary>
[JsonConverter(typeof(MeanImageConverter))]
public sealed class MeanImage
{
    private readonly float[] _values;

    /// <summary>Takes the values; they are copied.</summary>
    /// <param name="values">3 * size * size finite values: three planes, row by row, in the order of the preprocessing's channels.</param>
    /// <exception cref="ArgumentException">There is no size that has so many values, or a value is not finite.</exception>
    public MeanImage(ReadOnlySpan<float> values)
    {
        Size = (int)Math.Round(Math.Sqrt(values.Length / 3.0));
        if (values.IsEmpty || 3L * Size * Size != values.Length)
            throw new ArgumentException($"A mean image has 3 * size * size values; {values.Length} is not such a number.", nameof(values));
        _values = values.ToArray();
        if (Array.Exists(_values, v => !float.IsFinite(v))) throw new ArgumentException("A mean image has a value that is not finite.", nameof(values));
    }

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>The values: three planes, row by row.</summary>
    public ReadOnlySpan<float> Values => _values;

    private sealed class MeanImageConverter : JsonConverter<MeanImage>
    {
        public override MeanImage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes) || bytes.Length % sizeof(float) != 0)
                throw new JsonException("A mean image is a text, base64 of float32 values.");
            var values = new float[bytes.Length / sizeof(float)];
            for (int i = 0; i < values.Length; i++) values[i] = BitConverter.ToSingle(bytes, sizeof(float) * i);
            try
            {
                return new MeanImage(values);
            }
            catch (ArgumentException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, MeanImage value, JsonSerializerOptions options)
        {
            var bytes = new byte[sizeof(float) * value._values.Length];
            Buffer.BlockCopy(value._values, 0, bytes, 0, bytes.Length);
            writer.WriteBase64StringValue(bytes);
        }
    }
}
