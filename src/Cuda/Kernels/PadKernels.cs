using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Planes and the margin around them.</summary>
/// <param name="Height">Rows without the margin.</param>
/// <param name="Width">Columns without the margin.</param>
/// <param name="Top">Rows of zeros above.</param>
/// <param name="Left">Columns of zeros at the left.</param>
/// <param name="Bottom">Rows of zeros below.</param>
/// <param name="Right">Columns of zeros at the right.</param>
public readonly record struct Margin(int Height, int Width, int Top, int Left, int Bottom, int Right)
{
    /// <summary>Rows with the margin.</summary>
    public int PaddedHeight => Top + Height + Bottom;

    /// <summary>Columns with the margin.</summary>
    public int PaddedWidth => Left + Width + Right;
}

/// <summary>Launches of kernels/pad.cu: zeros around planes, and their removal; from float32 NCHW to any storage and layout on the way.</summary>
public static class PadKernels
{
    private const string Module = "pad";

    /// <summary>A margin around float32 pictures in NCHW, in another storage and layout where asked for.</summary>
    /// <param name="x">Images x channels planes of floats.</param>
    /// <param name="y">The padded pictures.</param>
    /// <param name="images">Images.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="margin">The sizes; a margin may be 0.</param>
    /// <param name="storage">How the elements of y lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">A size is out of range, or there is no such kernel.</exception>
    public static KernelLaunch FromFloat(
        ulong x, ulong y, int images, int channels, Margin margin, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var last = layout == Layout.Nhwc;
        if (last && storage == Storage.Float32)
        {
            throw new ArgumentException("NHWC takes 16-bit storage only", nameof(layout));
        }

        var planes = LaunchShape.Fit((long)LaunchShape.Positive(images, nameof(images)) * LaunchShape.Positive(channels, nameof(channels)), nameof(images));
        var (plane, padded) = Sizes(margin, last ? channels : 1);
        return Launch(
            "pad" + storage.Suffix() + layout.Suffix(),
            x,
            y,
            new Shape(margin, last ? images : planes, last ? channels : 1, margin.PaddedWidth * (last ? channels : 1)),
            padded,
            4L * images * channels * margin.Height * margin.Width,
            storage.Bytes() * padded * (last ? images : planes));
    }

    /// <summary>A margin around planes, whatever they hold.</summary>
    /// <param name="x">Planes of height x width x <paramref name="channels"/> elements.</param>
    /// <param name="y">The padded planes.</param>
    /// <param name="planes">Planes: images times channels in NCHW, images in NHWC.</param>
    /// <param name="margin">The sizes.</param>
    /// <param name="channels">Elements of a pixel: the channels in NHWC, else 1.</param>
    /// <param name="storage">How elements lie in memory.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static KernelLaunch Pad(ulong x, ulong y, int planes, Margin margin, int channels, Storage storage)
    {
        var wide = Widened(margin, channels);
        var (plane, padded) = Sizes(wide, 1);
        LaunchShape.Positive(planes, nameof(planes));
        return Launch(
            storage == Storage.Float32 ? "pad" : "pad_16", x, y, new Shape(wide, planes, 1, wide.PaddedWidth), padded, storage.Bytes() * plane * planes,
            storage.Bytes() * padded * planes);
    }

    /// <summary>Planes without their margin.</summary>
    /// <param name="y">The padded planes.</param>
    /// <param name="x">Planes of height x width x <paramref name="channels"/> elements.</param>
    /// <param name="planes">Planes: images times channels in NCHW, images in NHWC.</param>
    /// <param name="margin">The sizes.</param>
    /// <param name="channels">Elements of a pixel: the channels in NHWC, else 1.</param>
    /// <param name="storage">How elements lie in memory.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static KernelLaunch Crop(ulong y, ulong x, int planes, Margin margin, int channels, Storage storage)
    {
        var wide = Widened(margin, channels);
        var (plane, _) = Sizes(wide, 1);
        LaunchShape.Positive(planes, nameof(planes));
        return Launch(
            storage == Storage.Float32 ? "crop" : "crop_16", y, x, new Shape(wide, planes, 1, wide.Width), plane, storage.Bytes() * plane * planes,
            storage.Bytes() * plane * planes);
    }

    private static Margin Widened(Margin margin, int channels) => margin with
    {
        Width = LaunchShape.Fit((long)margin.Width * LaunchShape.Positive(channels, nameof(channels)), nameof(margin)),
        Left = margin.Left * channels,
        Right = margin.Right * channels,
    };

    private static (long Plane, long Padded) Sizes(Margin margin, int channels)
    {
        LaunchShape.Positive(margin.Height, nameof(margin));
        LaunchShape.Positive(margin.Width, nameof(margin));
        if (margin.Top < 0 || margin.Left < 0 || margin.Bottom < 0 || margin.Right < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(margin), margin, "a margin is 0 or more");
        }

        // The last block's threads count beyond the end.
        LaunchShape.Fit(((long)margin.PaddedHeight * margin.PaddedWidth * channels) + 256, nameof(margin));
        return ((long)margin.Height * margin.Width, (long)margin.PaddedHeight * margin.PaddedWidth * channels);
    }

    private static KernelLaunch Launch(string kernel, ulong from, ulong to, Shape shape, long elements, long read, long written) => new(
        Module,
        kernel,
        new Extent((int)LaunchShape.CeilingDivide(elements, 256), Math.Min(shape.Planes, LaunchShape.LargestY)),
        new Extent(256),
        0,
        [KernelArgument.Pointer(from), KernelArgument.Pointer(to), KernelArgument.Structure(shape)],
        read,
        written);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Shape(Margin margin, int planes, int channels, int row)
    {
        public readonly int Planes = planes;
        public readonly int Height = margin.Height;
        public readonly int Width = margin.Width;
        public readonly int PaddedHeight = margin.PaddedHeight;
        public readonly int PaddedWidth = margin.PaddedWidth;
        public readonly int Top = margin.Top;
        public readonly int Left = margin.Left;
        public readonly int Channels = channels;
        public readonly Divisor ByRow = new(row);
        public readonly Divisor ByChannels = new(channels);
    }
}
