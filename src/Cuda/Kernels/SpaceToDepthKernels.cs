using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Launches of kernels/space_to_depth.cu: blocks of pixels become channels, and channels blocks. The channels of a block are ordered by its rows, then its columns, then
/// the channels of a pixel.
/// </summary>
public static class SpaceToDepthKernels
{
    private const string Module = "space_to_depth";

    /// <summary>float32 pictures in NCHW to blocks, with a margin of zeros.</summary>
    /// <param name="x">Device address of [images, channels, height, width] floats.</param>
    /// <param name="y">Device address of [images, block x block x channels, rows, columns] elements in NCHW, or in NHWC.</param>
    /// <param name="images">Images.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="margin">The planes' sizes and their margin: with it rows and columns are multiples of the block.</param>
    /// <param name="block">Rows and columns of a block.</param>
    /// <param name="storage">How the elements of y lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">A size is out of range, or there is no such kernel.</exception>
    public static KernelLaunch ToDepth(ulong x, ulong y, int images, int channels, Margin margin, int block, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var (plane, padded) = Sizes(images, channels, margin, block, storage, layout);
        return Launch(
            "space_to_depth" + storage.Suffix() + layout.Suffix(), x, y, new Blocks(images, channels, margin, block, margin.PaddedWidth / block),
            (long)margin.PaddedHeight * margin.PaddedWidth / block, images, sizeof(float) * plane, storage.Bytes() * padded);
    }

    /// <summary>Blocks to float32 pictures in NCHW, without their margin.</summary>
    /// <param name="y">Device address of [images, block x block x channels, rows, columns] elements in NCHW, or in NHWC.</param>
    /// <param name="x">Device address of [images, channels, height, width] floats.</param>
    /// <param name="images">Images.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="margin">The planes' sizes and their margin: with it rows and columns are multiples of the block.</param>
    /// <param name="block">Rows and columns of a block.</param>
    /// <param name="storage">How the elements of y lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">A size is out of range, or there is no such kernel.</exception>
    public static KernelLaunch ToSpace(ulong y, ulong x, int images, int channels, Margin margin, int block, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var (plane, _) = Sizes(images, channels, margin, block, storage, layout);
        return Launch(
            "depth_to_space" + storage.Suffix() + layout.Suffix(), y, x, new Blocks(images, channels, margin, block, margin.Width),
            (long)margin.Height * margin.Width, images * channels, storage.Bytes() * plane, sizeof(float) * plane);
    }

    private static (long Plain, long Padded) Sizes(int images, int channels, Margin margin, int block, Storage storage, Layout layout)
    {
        if (layout == Layout.Nhwc && storage == Storage.Float32) throw new ArgumentException("NHWC takes 16-bit storage only", nameof(layout));
        LaunchShape.Positive(margin.Height, nameof(margin));
        LaunchShape.Positive(margin.Width, nameof(margin));
        LaunchShape.Positive(block, nameof(block));
        if (margin.Top < 0 || margin.Left < 0 || margin.Bottom < 0 || margin.Right < 0 || margin.PaddedHeight % block != 0 || margin.PaddedWidth % block != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(margin), margin, $"a margin is 0 or more, and makes whole blocks of {block}");
        }

        long planes = LaunchShape.Fit((long)LaunchShape.Positive(images, nameof(images)) * LaunchShape.Positive(channels, nameof(channels)), nameof(images));
        // The last block's threads count beyond the end.
        long padded = LaunchShape.Fit(((long)margin.PaddedHeight * margin.PaddedWidth * channels) + 256, nameof(margin)) - 256;
        return (planes * margin.Height * margin.Width, padded * images);
    }

    private static KernelLaunch Launch(string kernel, ulong from, ulong to, Blocks blocks, long threads, int many, long read, long written) => new(
        Module,
        kernel,
        new Extent((int)LaunchShape.CeilingDivide(threads, 256), Math.Min(many, LaunchShape.LargestY)),
        new Extent(256),
        0,
        [KernelArgument.Pointer(from), KernelArgument.Pointer(to), KernelArgument.Structure(blocks)],
        read,
        written);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Blocks(int images, int channels, Margin margin, int block, int row)
    {
        public readonly int Images = images;
        public readonly int Channels = channels;
        public readonly int Height = margin.Height;
        public readonly int Width = margin.Width;
        public readonly int Rows = margin.PaddedHeight / block;
        public readonly int Columns = margin.PaddedWidth / block;
        public readonly int Top = margin.Top;
        public readonly int Left = margin.Left;
        public readonly int Block = block;
        public readonly Divisor ByColumns = new(row);
        public readonly Divisor ByBlock = new(block);
        public readonly Divisor ByChannels = new(channels);
    }
}
