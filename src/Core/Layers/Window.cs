using System.Globalization;

namespace AlexNetCuda.Layers;

/// <summary>How the input of a convolution or pooling is padded.</summary>
public enum PaddingMode
{
    /// <summary>TensorFlow's SAME: output = ceil(in / stride); the smaller half of the padding at the top and left.</summary>
    Same,

    /// <summary>No padding: output = ceil((in - kernel + 1) / stride).</summary>
    Valid,

    /// <summary>As many rows and columns as stated on each side.</summary>
    Explicit,
}

/// <summary>A padding rule.</summary>
/// <param name="Mode">The rule.</param>
/// <param name="Top">Rows above, for <see cref="PaddingMode.Explicit"/>.</param>
/// <param name="Left">Columns to the left, likewise.</param>
/// <param name="Bottom">Rows below, likewise.</param>
/// <param name="Right">Columns to the right, likewise.</param>
public sealed record Padding(PaddingMode Mode, int Top, int Left, int Bottom, int Right)
{
    /// <summary>TensorFlow's SAME.</summary>
    public static Padding Same { get; } = new(PaddingMode.Same, 0, 0, 0, 0);

    /// <summary>No padding.</summary>
    public static Padding Valid { get; } = new(PaddingMode.Valid, 0, 0, 0, 0);

    /// <summary>The same number of rows and columns on every side.</summary>
    public static Padding Explicit(int all) => new(PaddingMode.Explicit, all, all, all, all);

    /// <summary>A number of rows and columns for each side.</summary>
    public static Padding Explicit(int top, int left, int bottom, int right) => new(PaddingMode.Explicit, top, left, bottom, right);

    /// <summary>As <c>SAME</c>, <c>VALID</c>, <c>pad 2</c>.</summary>
    public override string ToString() => Mode switch
    {
        PaddingMode.Same => "SAME",
        PaddingMode.Valid => "VALID",
        _ when Top == Left && Top == Bottom && Top == Right => "pad " + Top.ToString(CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"pad {Top},{Left},{Bottom},{Right}"),
    };
}

/// <summary>How an output size that is no whole number is rounded, under explicit padding.</summary>
public enum SizeRounding
{
    /// <summary>Down: a window that would reach beyond the padded input is left out.</summary>
    Floor,

    /// <summary>Up: a last window may reach beyond, if it begins within the input or its top or left padding (as Caffe and PyTorch have it).</summary>
    Ceiling,
}

/// <summary>The window of a convolution or pooling: kernel, stride and padding.</summary>
/// <param name="KernelHeight">The window's rows.</param>
/// <param name="KernelWidth">The window's columns.</param>
/// <param name="StrideHeight">Rows from one window to the next.</param>
/// <param name="StrideWidth">Columns from one window to the next.</param>
/// <param name="Padding">The padding rule.</param>
/// <param name="Rounding">The rounding of output sizes under explicit padding.</param>
public sealed record Window(int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, Padding Padding, SizeRounding Rounding = SizeRounding.Floor)
{
    /// <summary>A square window.</summary>
    public static Window Square(int kernel, int stride, Padding padding, SizeRounding rounding = SizeRounding.Floor) =>
        new(kernel, kernel, stride, stride, padding, rounding);

    /// <summary>The window over an input of this height and width.</summary>
    /// <param name="layer">The layer's name, for messages.</param>
    /// <param name="height">The input's rows.</param>
    /// <param name="width">The input's columns.</param>
    /// <exception cref="ShapeException">A setting is out of range, or the output would be empty.</exception>
    public WindowGeometry Resolve(string layer, int height, int width)
    {
        if (KernelHeight < 1 || KernelWidth < 1) throw new ShapeException($"Layer '{layer}': a kernel is at least 1x1, not {KernelHeight}x{KernelWidth}.");
        if (StrideHeight < 1 || StrideWidth < 1) throw new ShapeException($"Layer '{layer}': a stride is at least 1, not {StrideHeight}x{StrideWidth}.");
        if (Math.Min(Math.Min(Padding.Top, Padding.Left), Math.Min(Padding.Bottom, Padding.Right)) < 0)
            throw new ShapeException($"Layer '{layer}': padding is at least 0, not {Padding}.");
        (int outHeight, int top, int bottom) = Resolve(layer, "height", height, KernelHeight, StrideHeight, Padding.Top, Padding.Bottom);
        (int outWidth, int left, int right) = Resolve(layer, "width", width, KernelWidth, StrideWidth, Padding.Left, Padding.Right);
        return new WindowGeometry(height, width, outHeight, outWidth, KernelHeight, KernelWidth, StrideHeight, StrideWidth, top, left, bottom, right);
    }

    private (int Output, int Before, int After) Resolve(string layer, string side, int size, int kernel, int stride, int before, int after)
    {
        // In 64 bits: sizes and settings may be any integers.
        if (Padding.Mode == PaddingMode.Same)
        {
            int output = ((size - 1) / stride) + 1;
            long total = Math.Max(((output - 1L) * stride) + kernel - size, 0);
            return (output, (int)(total / 2), (int)(total - (total / 2)));
        }

        if (Padding.Mode == PaddingMode.Valid) (before, after) = (0, 0);
        long room = (long)size + before + after - kernel;
        if (room < 0)
        {
            throw new ShapeException(string.Create(CultureInfo.InvariantCulture,
                $"Layer '{layer}': a kernel of {side} {kernel} is larger than its input of {side} {size} with padding {before}+{after}."));
        }

        long result = (room / stride) + 1;
        if (Rounding == SizeRounding.Ceiling && Padding.Mode == PaddingMode.Explicit && room % stride != 0 && result * stride < (long)size + before)
            result++;
        return result <= int.MaxValue
            ? ((int)result, before, after)
            : throw new ShapeException(string.Create(CultureInfo.InvariantCulture, $"Layer '{layer}': an output of {side} {result} is too large."));
    }

    /// <summary>As <c>11x11 / 4 SAME</c>.</summary>
    public override string ToString()
    {
        string stride = StrideHeight == StrideWidth ? $"{StrideHeight}" : $"{StrideHeight}x{StrideWidth}";
        return $"{KernelHeight}x{KernelWidth} / {stride} {Padding}" + (Rounding == SizeRounding.Ceiling ? " ceil" : "");
    }
}

/// <summary>A window over an input of known size. Output (y, x) reads input rows y * StrideHeight - PadTop and on, likewise for columns.</summary>
/// <param name="Height">The input's rows.</param>
/// <param name="Width">The input's columns.</param>
/// <param name="OutputHeight">The output's rows.</param>
/// <param name="OutputWidth">The output's columns.</param>
/// <param name="KernelHeight">The window's rows.</param>
/// <param name="KernelWidth">The window's columns.</param>
/// <param name="StrideHeight">Rows from one window to the next.</param>
/// <param name="StrideWidth">Columns from one window to the next.</param>
/// <param name="PadTop">Rows of padding above.</param>
/// <param name="PadLeft">Columns of padding to the left.</param>
/// <param name="PadBottom">Rows of padding below.</param>
/// <param name="PadRight">Columns of padding to the right.</param>
public sealed record WindowGeometry(
    int Height, int Width, int OutputHeight, int OutputWidth, int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth,
    int PadTop, int PadLeft, int PadBottom, int PadRight);
