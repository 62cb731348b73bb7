using AlexNetCuda.Layers;

namespace AlexNetCuda.IO.Onnx;

/// <summary>The window of Conv, MaxPool and AveragePool over images: kernel_shape, strides, pads, auto_pad, dilations and ceil_mode (https://onnx.ai/onnx/operators/).</summary>
internal static class WindowAttributes
{
    /// <summary>Reads the window.</summary>
    /// <param name="node">The node.</param>
    /// <param name="height">The rows of its images.</param>
    /// <param name="width">The columns of its images.</param>
    /// <param name="weights">The rows and columns of a convolution's kernel; null for a pooling, which has to state them.</param>
    /// <exception cref="OnnxException">An attribute is missing, not of two dimensions, or not supported.</exception>
    public static Window Read(OnnxNode node, int height, int width, int[]? weights = null)
    {
        int[] kernel = Plane(node, "kernel_shape") ?? weights ?? throw node.Error("kernel_shape is missing.");
        if (weights is not null && !kernel.SequenceEqual(weights)) throw node.Error($"kernel_shape is {OnnxConstant.Text(kernel)}, but the weights are of {OnnxConstant.Text(weights)}.");
        int[] strides = Plane(node, "strides") ?? [1, 1];
        if (kernel.Concat(strides).Any(d => d < 1)) throw node.Error($"kernel {OnnxConstant.Text(kernel)} and strides {OnnxConstant.Text(strides)} are at least 1.");
        if (Plane(node, "dilations") is { } dilations && dilations.Any(d => d != 1)) throw node.Error($"dilations of {OnnxConstant.Text(dilations)} are not supported.");
        SizeRounding rounding = weights is null && node.Flag("ceil_mode") ? SizeRounding.Ceiling : SizeRounding.Floor;
        int[]? pads = node.Integers("pads");
        Padding padding = node.Text("auto_pad", "NOTSET") switch
        {
            "NOTSET" => pads switch
            {
                null or [0, 0, 0, 0] => rounding == SizeRounding.Floor ? Padding.Valid : Padding.Explicit(0),
                [int top, int left, int bottom, int right] => Padding.Explicit(top, left, bottom, right),
                _ => throw node.Error($"{pads.Length} pads are not those of images, which are 4."),
            },
            "SAME_UPPER" => Padding.Same,
            "SAME_LOWER" => SameLower(height, width, kernel, strides),
            "VALID" => Padding.Valid,
            string other => throw node.Error($"auto_pad of {OnnxFile.Quote(other)} is unknown."),
        };
        return new Window(kernel[0], kernel[1], strides[0], strides[1], padding, rounding);
    }

    private static int[]? Plane(OnnxNode node, string name) => node.Integers(name) switch
    {
        null => null,
        [_, _] sizes => sizes,
        { } sizes => throw node.Error($"{name} has {sizes.Length} dimensions; only images, which have 2, are supported."),
    };

    /// <summary>As SAME, but with the larger half of the padding at the top and left.</summary>
    private static Padding SameLower(int height, int width, int[] kernel, int[] strides)
    {
        (int top, int bottom) = Halves(height, kernel[0], strides[0]);
        (int left, int right) = Halves(width, kernel[1], strides[1]);
        return Padding.Explicit(top, left, bottom, right);

        static (int Before, int After) Halves(int size, int kernel, int stride)
        {
            long output = ((size - 1L) / stride) + 1, total = Math.Max(((output - 1) * stride) + kernel - size, 0);
            return ((int)(total - (total / 2)), (int)(total / 2));
        }
    }
}
