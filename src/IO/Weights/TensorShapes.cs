using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>Shapes in files, before they are known to be sensible, and how names and shapes are shown in messages.</summary>
internal static class TensorShapes
{
    /// <summary>More dimensions than any library makes; a file with more is damaged or hostile.</summary>
    public const int MostDimensions = 64;

    private const int LongestShown = 80;

    /// <summary>The number of elements (1 for no dimensions) and their bytes; false where a dimension is negative or a number is beyond 63 bits.</summary>
    public static bool TryCount(ReadOnlySpan<long> shape, int elementSize, out long count, out long bytes)
    {
        count = 1;
        bytes = 0;
        foreach (long size in shape)
        {
            if (size < 0 || (size > 0 && count > long.MaxValue / size)) return false;
            count *= size;
        }

        if (count > long.MaxValue / elementSize) return false;
        bytes = count * elementSize;
        return true;
    }

    /// <summary>As <c>[64, 3, 11, 11]</c>.</summary>
    public static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape.Select(d => d.ToString(CultureInfo.InvariantCulture)))}]";

    /// <summary>A name from a file as it can be shown: in quotes, not too long, control characters replaced.</summary>
    public static string Show(string name)
    {
        string part = name.Length <= LongestShown ? name : name[..LongestShown] + "...";
        return $"'{Printable(part)}'";
    }

    /// <summary>A text from a file, or one that quotes a file, with control characters and halves of surrogate pairs replaced.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
