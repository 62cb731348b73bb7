namespace AlexNetCuda.IO;

/// <summary>Netpbm's portable pixmaps: P6 (binary) and P3 (text), any maximum value, comments. Only the first picture of a file is
/// read.</summary>
internal static class PpmDecoder
{
    public static bool IsSpaceOrComment(byte b) => IsSpace(b) || b == '#';

    public static Picture Decode(ReadOnlySpan<byte> data, string name)
    {
        bool binary = data[1] == '6';
        int at = 2;
        int width = ReadNumber(data, ref at, "width", name);
        int height = ReadNumber(data, ref at, "height", name);
        int max = ReadNumber(data, ref at, "maximum value", name);
        PictureLimits.Check(width, height, name);
        if (max is < 1 or > 65_535)
            throw new PictureException(name, $"its header says a maximum value of {max}: it must be 1 to 65535.");
        if (at >= data.Length || !IsSpace(data[at]))
            throw CutShort(name);
        at++;

        // The smallest file with that many samples: two bytes a number of text, the last without a separator.
        long samples = 3L * width * height;
        long least = binary ? samples * (max > 255 ? 2 : 1) : (2 * samples) - 1;
        if (data.Length - at < least)
            throw CutShort(name);

        var pixels = new byte[samples];
        if (binary)
            ReadBinary(data[at..], max, pixels, name);
        else
            ReadText(data, at, max, pixels, name);
        return new Picture(width, height, pixels);
    }

    private static void ReadBinary(ReadOnlySpan<byte> data, int max, Span<byte> pixels, string name)
    {
        if (max == 255)
        {
            data[..pixels.Length].CopyTo(pixels);
            return;
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            int value = max > 255 ? (data[2 * i] << 8) | data[(2 * i) + 1] : data[i];
            pixels[i] = Scale(value, max, name);
        }
    }

    private static void ReadText(ReadOnlySpan<byte> data, int at, int max, Span<byte> pixels, string name)
    {
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Scale(ReadNumber(data, ref at, "sample", name), max, name);
    }

    private static byte Scale(int value, int max, string name)
    {
        if (value > max)
            throw new PictureException(name, $"a sample is {value}, above the maximum value of {max} that its header states.");
        return (byte)(((value * 255) + (max / 2)) / max);
    }

    /// <summary>Skips white space and comments, then reads a decimal number.</summary>
    private static int ReadNumber(ReadOnlySpan<byte> data, ref int at, string what, string name)
    {
        while (at < data.Length && IsSpaceOrComment(data[at]))
        {
            if (data[at] == '#')
            {
                int end = data[at..].IndexOfAny((byte)'\n', (byte)'\r');
                at = end < 0 ? data.Length : at + end;
            }
            else
            {
                at++;
            }
        }

        if (at >= data.Length)
            throw CutShort(name);
        int value = 0, start = at;
        for (; at < data.Length && data[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            value = (value * 10) + (data[at] - '0');
            if (value > 9_999_999)
                throw new PictureException(name, $"its {what} is too large a number.");
        }

        if (at == start)
            throw new PictureException(name, $"its {what} is not a number (byte {at} of the file).");
        return value;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);

    private static PictureException CutShort(string name) => new(name, "the PPM file is cut short.");
}
