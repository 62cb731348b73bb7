using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AlexNetCuda.IO;

/// <summary>
/// The head of an npy file, versions 1.0 to 3.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): 6 bytes of magic, 2 of version, the length of a text
/// (2 or 4 bytes), the text, which is a Python dictionary: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>.
/// </summary>
/// <param name="Elements">How the elements are stored; null: they are Python objects.</param>
/// <param name="FortranOrder">Whether the first dimension varies fastest.</param>
/// <param name="Shape">The dimensions.</param>
internal sealed record NpyHeader(NpyElements? Elements, bool FortranOrder, long[] Shape)
{
    /// <summary>What numpy allows is less; a longer one is damaged or hostile.</summary>
    private const int MostBytes = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a header; the stream then is at the first value.</summary>
    /// <exception cref="WeightFileException">It is none.</exception>
    public static NpyHeader Read(Stream stream, NpyPlace place)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(Magic))
            throw place.Error("it does not begin with the bytes of an npy file.");
        int major = start[6], minor = start[7];
        if (major is < 1 or > 3 || minor != 0)
            throw place.Error(string.Create(CultureInfo.InvariantCulture, $"its version is {major}.{minor}; versions 1.0, 2.0 and 3.0 are supported."));
        Span<byte> lengthBytes = stackalloc byte[4];
        lengthBytes.Clear();
        place.Fill(stream, major == 1 ? lengthBytes[..2] : lengthBytes);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MostBytes) throw place.Error(string.Create(CultureInfo.InvariantCulture, $"its header takes {length} bytes; at most {MostBytes} are allowed."));
        var bytes = new byte[length];
        place.Fill(stream, bytes);
        string text = (major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
        try
        {
            return new NpyHeaderText(text).Read();
        }
        catch (FormatException e)
        {
            throw place.Error($"its header is not understood: {e.Message}", e);
        }
    }

    /// <summary>The number of elements and their bytes.</summary>
    /// <exception cref="WeightFileException">They are beyond what an array holds.</exception>
    public (int Count, long Bytes) Size(NpyPlace place)
    {
        if (!TensorShapes.TryCount(Shape, Elements!.Size, out long count, out long bytes) || count > Array.MaxLength)
            throw place.Error($"its shape, {TensorShapes.Show(Shape)}, has more elements than an array holds.");
        return ((int)count, bytes);
    }

    /// <summary>The head of a file, of version 1.0 where that can hold it, else 2.0; as numpy writes it, with room for the first dimension to grow.</summary>
    public static byte[] Write(TensorDataType type, IReadOnlyList<long> shape)
    {
        const int Alignment = 64, GrowthDigits = 21; // the same numbers as numpy's: its readers map the values into memory
        string[] sizes = [.. shape.Select(d => d.ToString(CultureInfo.InvariantCulture))];
        string tuple = sizes.Length == 1 ? $"({sizes[0]},)" : $"({string.Join(", ", sizes)})";
        string text = $"{{'descr': '{NpyElements.DescribeOf(type)}', 'fortran_order': False, 'shape': {tuple}, }}";
        if (sizes.Length > 0) text += new string(' ', GrowthDigits - sizes[0].Length);
        bool large = text.Length + Alignment > ushort.MaxValue;
        int before = Magic.Length + 2 + (large ? 4 : 2);
        text += new string(' ', Alignment - ((before + text.Length + 1) % Alignment)) + '\n';
        var lengthBytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(lengthBytes, text.Length);
        return [.. Magic, (byte)(large ? 2 : 1), 0, .. lengthBytes.AsSpan(0, large ? 4 : 2), .. Encoding.ASCII.GetBytes(text)];
    }
}
