using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>
/// A tensor in device memory that is not plain float32: elements of 16 bits, channels last, a margin of zeros around each plane, or blocks of pixels as channels.
/// The tensor is seen as [outer, channels, inner]: images, channels, pixels of an activation; outputs, inputs, taps of a convolution's weights; and for
/// a fully connected layer behind a convolution outputs, channels, pixels of its input.
/// </summary>
/// <param name="Logical">The logical shape.</param>
/// <param name="Storage">How an element lies in memory.</param>
internal sealed record DeviceFormat(Shape Logical, Storage Storage) : TensorFormat(Logical, ElementType.Float32)
{
    /// <summary>The channels, where they are moved last: memory is [outer, inner, channels]. 0: memory is in canonical order.</summary>
    public int ChannelsLast { get; init; }

    /// <summary>Rows of zeros above each plane of a tensor of rank 4.</summary>
    public int Top { get; init; }

    /// <summary>Columns of zeros at the left of each plane of a tensor of rank 4.</summary>
    public int Left { get; init; }

    /// <summary>Rows of zeros below each plane of a tensor of rank 4.</summary>
    public int Bottom { get; init; }

    /// <summary>Columns of zeros at the right of each plane of a tensor of rank 4.</summary>
    public int Right { get; init; }

    /// <summary>
    /// Above 1: memory holds, instead of a tensor of rank 4, the one whose channels are those of each block of Block x Block pixels, margins included: by the block's
    /// rows, then its columns, then the pixel's channels (kernels/space_to_depth.cu).
    /// </summary>
    public int Block { get; init; } = 1;

    /// <summary>Whether these are gradients of weights whose master is float32.</summary>
    public bool OfMaster { get; init; }

    /// <inheritdoc/>
    public override string Layout =>
        $"{(ChannelsLast > 0 ? "nhwc" : "nchw")}{Storage.Suffix().Replace('_', ' ')}{(HasMargin ? $" in {PaddedHeight}x{PaddedWidth}" : "")}{(Block > 1 ? $" by {Block}x{Block}" : "")}";

    /// <summary>Whether there is a margin of zeros.</summary>
    public bool HasMargin => Top + Left + Bottom + Right > 0;

    /// <summary>Rows of a plane, with the margin.</summary>
    public int PaddedHeight => Top + Logical.H + Bottom;

    /// <summary>Columns of a plane, with the margin.</summary>
    public int PaddedWidth => Left + Logical.W + Right;

    /// <summary>Elements in memory, margins included.</summary>
    public long Elements => Logical.Rank == 4 ? (long)Logical.N * Logical.C * PaddedHeight * PaddedWidth : Logical.Count;

    /// <inheritdoc/>
    public override long Bytes => Elements * Storage.Bytes();

    /// <inheritdoc/>
    public override TensorFormat Master => OfMaster ? Formats.Of(Logical, Storage.Float32, ChannelsLast) : this;

    /// <summary>The dimensions in canonical order: outer, channels, rows, columns. Rows are 1 where only their product with the columns is known.</summary>
    public (long Outer, int Channels, int Rows, int Columns) Dimensions => Logical.Rank == 4
        ? (Logical.N, Logical.C, Logical.H, Logical.W)
        : ChannelsLast > 0 ? (Logical.N, ChannelsLast, 1, (int)(Logical.CountPerImage / ChannelsLast)) : (1, 1, 1, checked((int)Logical.Count));
}

/// <summary>The formats of the device.</summary>
internal static class Formats
{
    /// <summary>A format; plain where it can be, so that equal tensors have equal formats.</summary>
    /// <param name="shape">The logical shape.</param>
    /// <param name="storage">How an element lies in memory.</param>
    /// <param name="channelsLast">The channels, where they are moved last; 0 for canonical order. One pixel a channel, or one channel, is canonical order.</param>
    /// <param name="ofMaster">Whether these are gradients of weights with a float32 master.</param>
    internal static TensorFormat Of(Shape shape, Storage storage, int channelsLast = 0, bool ofMaster = false)
    {
        if (channelsLast <= 1 || shape.CountPerImage == channelsLast) channelsLast = 0;
        return storage == Storage.Float32 && channelsLast == 0
            ? new PlainFormat(shape, ElementType.Float32)
            : new DeviceFormat(shape, storage) { ChannelsLast = channelsLast, OfMaster = ofMaster && storage != Storage.Float32 };
    }

    /// <summary>An activation's format in a mode's storage and layout; only tensors of rank 4 have a layout.</summary>
    internal static TensorFormat Activation(Shape shape, Storage storage, Layout layout) =>
        Of(shape, storage, layout == Layout.Nhwc && shape.Rank == 4 ? shape.C : 0);

    /// <summary>How an element of a format lies in memory.</summary>
    internal static Storage StorageOf(TensorFormat format) => format is DeviceFormat own ? own.Storage : Storage.Float32;

    /// <summary>The elements that a format stores, margins included.</summary>
    internal static long ElementsOf(TensorFormat format) => format is DeviceFormat own ? own.Elements : format.Logical.Count;

    /// <summary>The order of an activation's dimensions in memory.</summary>
    internal static Layout LayoutOf(TensorFormat format) => format is DeviceFormat { ChannelsLast: > 0 } ? Layout.Nhwc : Layout.Nchw;
}
