using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>How a batch of pictures becomes a network's input.</summary>
/// <param name="Images">Pictures.</param>
/// <param name="Channels">Channels, interleaved in the picture.</param>
/// <param name="SourceHeight">Rows of a picture.</param>
/// <param name="SourceWidth">Columns of a picture.</param>
/// <param name="Height">Rows of the crop.</param>
/// <param name="Width">Columns of the crop.</param>
/// <param name="PaddedHeight">Rows of the result; the crop lies at its top-left, the rest is 0.</param>
/// <param name="PaddedWidth">Columns of the result.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PictureShape(
    int Images, int Channels, int SourceHeight, int SourceWidth, int Height, int Width, int PaddedHeight, int PaddedWidth);

/// <summary>Launches of kernels/transpose.cu, kernels/convert.cu and kernels/image.cu: changes of layout and type.</summary>
public static class LayoutKernels
{
    /// <summary>NCHW to NHWC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch ToNhwc(ulong x, ulong y, ImageShape shape, Storage storage = Storage.Float32) =>
        Transpose(x, y, shape.Images, shape.Channels, shape.Plane, storage);

    /// <summary>NHWC to NCHW.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch ToNchw(ulong x, ulong y, ImageShape shape, Storage storage = Storage.Float32) =>
        Transpose(x, y, shape.Images, shape.Plane, shape.Channels, storage);

    /// <summary>float32 to 16 bits, rounded to nearest, ties to even.</summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not positive, or the storage has not 16 bits.</exception>
    public static KernelLaunch FromFloat(ulong x, ulong y, long count, Storage storage) => Convert($"float_to_{Narrow(storage)}", x, y, count, 4, 2);

    /// <summary>16 bits to float32, exactly.</summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not positive, or the storage has not 16 bits.</exception>
    public static KernelLaunch ToFloat(ulong x, ulong y, long count, Storage storage) => Convert($"{Narrow(storage)}_to_float", x, y, count, 2, 4);

    /// <summary>Pictures to a padded input: crop, mirror, subtract the mean, scale.</summary>
    /// <param name="x">Interleaved pictures, bytes or floats.</param>
    /// <param name="floats">Whether they are floats.</param>
    /// <param name="crops">Three ints a picture (top, left, mirrored), or 0: all zero. The caller keeps crops inside the pictures.</param>
    /// <param name="mean">One float a channel.</param>
    /// <param name="scale">One float a channel.</param>
    /// <param name="y">Images x Channels x PaddedHeight x PaddedWidth elements.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="storage">Of y.</param>
    /// <param name="layout">Of y.</param>
    /// <exception cref="ArgumentException">
    /// A size is not positive, the crop does not fit the picture or the padded plane, or there is no such kernel.
    /// </exception>
    public static KernelLaunch Picture(
        ulong x,
        bool floats,
        ulong crops,
        ulong mean,
        ulong scale,
        ulong y,
        PictureShape shape,
        Storage storage = Storage.Float32,
        Layout layout = Layout.Nchw)
    {
        LaunchShape.Positive(shape.Images, nameof(shape));
        LaunchShape.Positive(shape.Channels, nameof(shape));
        LaunchShape.Positive(shape.Height, nameof(shape));
        LaunchShape.Positive(shape.Width, nameof(shape));
        if (shape.Height > Math.Min(shape.SourceHeight, shape.PaddedHeight) || shape.Width > Math.Min(shape.SourceWidth, shape.PaddedWidth))
        {
            throw new ArgumentException("the crop is larger than the picture or the padded plane", nameof(shape));
        }

        var plane = LaunchShape.Fit((long)shape.PaddedHeight * shape.PaddedWidth, nameof(shape));
        var blocks = LaunchShape.CeilingDivide(plane, 256);
        if (layout == Layout.Nhwc)
        {
            LaunchShape.Fit((long)shape.SourceHeight * shape.SourceWidth * shape.Channels, nameof(shape));
            var elements = (long)plane * shape.Channels;
            LaunchShape.Fit(elements + 2048, nameof(shape));   // the last block's threads count beyond the end
            blocks = LaunchShape.CeilingDivide(elements, 2048);
        }

        return new KernelLaunch(
            "image",
            (floats ? "image_float" : "image_uint8") + storage.Suffix(layout),
            new Extent((int)blocks, Math.Min(shape.Images, LaunchShape.LargestY)),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(crops), KernelArgument.Pointer(mean), KernelArgument.Pointer(scale),
                KernelArgument.Pointer(y), KernelArgument.Structure(shape),
            ],
            (floats ? 4L : 1L) * shape.Images * shape.Channels * shape.Height * shape.Width,
            (long)storage.Bytes() * shape.Images * shape.Channels * plane);
    }

    private static KernelLaunch Transpose(ulong x, ulong y, int images, int rows, int columns, Storage storage)
    {
        LaunchShape.Positive(images, nameof(images));
        LaunchShape.Fit((long)LaunchShape.Positive(rows, nameof(rows)) * LaunchShape.Positive(columns, nameof(columns)), nameof(rows));
        var count = (long)images * rows * columns;
        var side = 128 / storage.Bytes();
        var tiles = LaunchShape.CeilingDivide(rows, side) * LaunchShape.CeilingDivide(columns, side);
        return new KernelLaunch(
            "transpose",
            storage == Storage.Float32 ? "transpose" : "transpose_16",
            new Extent(LaunchShape.ToGridX(tiles), Math.Min(images, LaunchShape.LargestY)),
            new Extent(32, 8),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(y), KernelArgument.Value(images), KernelArgument.Value(rows),
                KernelArgument.Value(columns),
            ],
            storage.Bytes() * count,
            storage.Bytes() * count);
    }

    private static string Narrow(Storage storage) => storage switch
    {
        Storage.Float16 => "half",
        Storage.BFloat16 => "bfloat16",
        _ => throw new ArgumentException("a conversion is from or to 16 bits", nameof(storage)),
    };

    private static KernelLaunch Convert(string kernel, ulong x, ulong y, long count, int from, int to) => new(
        "convert",
        kernel,
        LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))),
        new Extent(256),
        0,
        [KernelArgument.Pointer(x), KernelArgument.Pointer(y), KernelArgument.Value(count)],
        from * count,
        to * count);
}
