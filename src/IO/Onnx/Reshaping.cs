using System.Globalization;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// The shapes that Reshape, Flatten, Squeeze and Unsqueeze give (https://onnx.ai/onnx/operators/). Where the first dimension is the images' and not known, it counts as 1
/// in these functions; see <see cref="OnnxImporter"/>.
/// </summary>
internal static class Reshaping
{
    private const int MostDimensions = 64;

    /// <summary>Reshape: 0 keeps a dimension, one -1 takes what is left.</summary>
    /// <param name="node">The node.</param>
    /// <param name="from">The dimensions before.</param>
    /// <param name="shape">Its second input.</param>
    /// <exception cref="OnnxException">The elements are not as many.</exception>
    public static int[] Reshape(OnnxNode node, IReadOnlyList<int> from, long[] shape)
    {
        if (node.Flag("allowzero") && shape.Contains(0)) throw node.Error("a dimension of 0 is not supported.");
        long count = from.Aggregate(1L, (product, d) => product * d);
        Int128 known = 1;
        var result = new long[shape.Length];
        int open = -1;
        for (int i = 0; i < shape.Length; i++)
        {
            result[i] = shape[i] == 0 && i < from.Count ? from[i] : shape[i];
            if (result[i] == -1 && open < 0) open = i;
            else if (result[i] < 1 || result[i] > count) throw Mismatch();
            else known *= result[i];
            if (known > count) throw Mismatch();
        }

        if (open >= 0) result[open] = (long)(count / known);
        else if (known != count) throw Mismatch();
        return count % known == 0 ? [.. result.Select(d => (int)d)] : throw Mismatch();

        OnnxException Mismatch() => node.Error(string.Create(
            CultureInfo.InvariantCulture, $"the shape [{string.Join(", ", shape)}] is not one of the {count} elements of {OnnxConstant.Text(from)}."));
    }

    /// <summary>Flatten: the dimensions before an axis are one, those from it on are another.</summary>
    public static int[] Flatten(OnnxNode node, IReadOnlyList<int> from)
    {
        long axis = node.Integer("axis", 1);
        int split = axis == from.Count ? from.Count : node.Axis(axis, from.Count);
        return [from.Take(split).Aggregate(1, (product, d) => product * d), from.Skip(split).Aggregate(1, (product, d) => product * d)];
    }

    /// <summary>Squeeze: the axes, which have to be 1, or all that are 1, go.</summary>
    public static int[] Squeeze(OnnxNode node, IReadOnlyList<int> from, long[]? axes)
    {
        HashSet<int> gone = axes is null ? [.. Enumerable.Range(0, from.Count).Where(i => from[i] == 1)] : [.. axes.Select(a => node.Axis(a, from.Count))];
        if (gone.Any(i => from[i] != 1)) throw node.Error($"an axis of {OnnxConstant.Text(from)} that is to go is not 1.");
        return [.. from.Where((_, i) => !gone.Contains(i))];
    }

    /// <summary>Unsqueeze: dimensions of 1 at the axes of the result.</summary>
    public static int[] Unsqueeze(OnnxNode node, IReadOnlyList<int> from, long[]? axes)
    {
        if (axes is null || from.Count + axes.Length > MostDimensions) throw node.Error("it has no axes, or too many.");
        var result = new List<int>(from);
        foreach (int axis in axes.Select(a => node.Axis(a, from.Count + axes.Length)).Order())
        {
            if (axis > result.Count) throw node.Error("its axes are there twice.");
            result.Insert(axis, 1);
        }

        return [.. result];
    }

    /// <summary>The axes of Squeeze and Unsqueeze: an attribute before version 13 of the operators, an input since; null where there are none.</summary>
    public static long[]? Axes(OnnxNode node, OnnxGraph graph) =>
        node.OperatorSet < 13 ? node.Integers("axes")?.Select(a => (long)a).ToArray()
        : node.OptionalInput(1) is { } name ? graph.Constant(name, node).ToIntegers(node) : null;
}
