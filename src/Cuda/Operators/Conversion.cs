using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>
/// A copy of a tensor in another format (forward), and of its gradient back (backward): other storage, other order, a margin put on or taken off, blocks of pixels
/// made channels.
/// </summary>
internal sealed class Conversion : KernelOperator
{
    private readonly TensorFormat _source, _destination;

    /// <exception cref="NotSupportedException">No kernels lead from one format to the other and, with a gradient, back.</exception>
    internal Conversion(CudaSession session, TensorFormat source, TensorFormat destination)
        : base(session)
    {
        (_source, _destination) = (source, destination);
        if (source.Logical != destination.Logical || source.Element != ElementType.Float32 || destination.Element != ElementType.Float32)
            throw new NotSupportedException($"The CUDA device does not convert {source} to {destination}.");
        Needs = new OperatorNeeds
        {
            Inputs = [source],
            Output = destination,
            ForwardWorkspaceBytes = Workspace(source, destination),
            BackwardWorkspaceBytes = Workspace(destination, source),
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => $"{_source.Layout} to {_destination.Layout}";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        Launches(_source, _destination, Address(Bindings.Inputs[0]), Address(Bindings.Output), Address(Bindings.ForwardWorkspace));

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        Launches(_destination, _source, Address(Bindings.OutputGradient), Address(Bindings.InputGradient), Address(Bindings.BackwardWorkspace));

    /// <summary>The launch that brings float32 in canonical order into a format of rank 4.</summary>
    /// <param name="format">The format.</param>
    /// <param name="x">Device address of the floats.</param>
    /// <param name="y">Device address of the tensor.</param>
    internal static IEnumerable<KernelLaunch> FromPictures(DeviceFormat format, ulong x, ulong y) =>
        Between(new PlainFormat(format.Logical, ElementType.Float32), format, x, y);

    /// <summary>The launch that brings a tensor from one format to another that needs no step in between.</summary>
    /// <param name="source">The format it is in.</param>
    /// <param name="destination">The format it gets.</param>
    /// <param name="x">Its device address.</param>
    /// <param name="y">Where it goes.</param>
    internal static IEnumerable<KernelLaunch> Between(TensorFormat source, TensorFormat destination, ulong x, ulong y) =>
        Launches(source, destination, x, y, workspace: 0);

    /// <summary>The format in the middle where two steps are needed: the source's storage in the destination's order, without a margin.</summary>
    private static DeviceFormat? Middle(TensorFormat source, TensorFormat destination)
    {
        (DeviceFormat a, DeviceFormat b) = (Own(source), Own(destination));
        if (a.Block > 1 || b.Block > 1) return IsPlain(a) || IsPlain(b) ? null : new DeviceFormat(source.Logical, Kernels.Storage.Float32);
        int steps = (a.Storage != b.Storage ? 1 : 0) + (a.ChannelsLast != b.ChannelsLast ? 1 : 0) + (a.HasMargin ? 1 : 0) + (b.HasMargin ? 1 : 0);
        if (steps <= 1 || Pads(a, b)) return null;
        // A margin comes off first and goes on last; 16 bits become 32 last, and 32 become 16 first, so that less is moved.
        return a.HasMargin ? a with { Top = 0, Left = 0, Bottom = 0, Right = 0 }
            : b.HasMargin ? b with { Top = 0, Left = 0, Bottom = 0, Right = 0 }
            : a.Storage == Kernels.Storage.Float32 ? a with { Storage = b.Storage } : a with { ChannelsLast = b.ChannelsLast };
    }

    /// <summary>One kernel takes float32 pictures to any storage, order and margin.</summary>
    private static bool Pads(DeviceFormat a, DeviceFormat b) =>
        IsPlain(a) && b.Logical.Rank == 4
        && (b.Storage != Kernels.Storage.Float32 || b.ChannelsLast == 0) && (b.HasMargin || b.ChannelsLast > 0);

    private static bool IsPlain(DeviceFormat f) => f is { Storage: Kernels.Storage.Float32, ChannelsLast: 0, HasMargin: false, Block: 1 };

    private static DeviceFormat Own(TensorFormat format) => format as DeviceFormat ?? new DeviceFormat(format.Logical, Kernels.Storage.Float32);

    private static long Workspace(TensorFormat source, TensorFormat destination)
    {
        if (Middle(source, destination) is not { } middle) return 0;
        long rest = Workspace(middle, destination) + Workspace(source, middle);
        return CudaSession.Aligned(middle.Bytes) + rest;
    }

    private static IEnumerable<KernelLaunch> Launches(TensorFormat source, TensorFormat destination, ulong x, ulong y, ulong workspace)
    {
        (DeviceFormat a, DeviceFormat b) = (Own(source), Own(destination));
        if (Middle(source, destination) is { } middle)
        {
            ulong next = workspace + (ulong)CudaSession.Aligned(middle.Bytes);
            return [.. Launches(source, middle, x, workspace, next), .. Launches(middle, destination, workspace, y, next)];
        }

        return [Single(a, b, x, y)];
    }

    private static KernelLaunch Single(DeviceFormat a, DeviceFormat b, ulong x, ulong y)
    {
        if (b.Block > 1) return SpaceToDepthKernels.ToDepth(x, y, b.Logical.N, b.Logical.C, MarginOf(b), b.Block, b.Storage, Formats.LayoutOf(b));
        if (a.Block > 1) return SpaceToDepthKernels.ToSpace(x, y, a.Logical.N, a.Logical.C, MarginOf(a), a.Block, a.Storage, Formats.LayoutOf(a));
        if (Pads(a, b)) return PadKernels.FromFloat(x, y, b.Logical.N, b.Logical.C, MarginOf(b), b.Storage, Formats.LayoutOf(b));
        if (b.HasMargin) return PadKernels.Pad(x, y, Planes(b), MarginOf(b), Pixel(b), b.Storage);
        if (a.HasMargin) return PadKernels.Crop(x, y, Planes(a), MarginOf(a), Pixel(a), a.Storage);
        if (a.Storage == b.Storage)
        {
            bool last = b.ChannelsLast > 0;
            DeviceFormat ordered = last ? b : a;
            (long outer, int channels, int rows, int columns) = ordered.Dimensions;
            var shape = new ImageShape(checked((int)outer), channels, rows * columns);
            return last ? LayoutKernels.ToNhwc(x, y, shape, b.Storage) : LayoutKernels.ToNchw(x, y, shape, b.Storage);
        }

        return a.Storage == Kernels.Storage.Float32
            ? LayoutKernels.FromFloat(x, y, b.Elements, b.Storage)
            : LayoutKernels.ToFloat(x, y, a.Elements, a.Storage);
    }

    private static Margin MarginOf(DeviceFormat f) => new(f.Logical.H, f.Logical.W, f.Top, f.Left, f.Bottom, f.Right);

    private static int Planes(DeviceFormat f) => f.ChannelsLast > 0 ? f.Logical.N : f.Logical.N * f.Logical.C;

    private static int Pixel(DeviceFormat f) => f.ChannelsLast > 0 ? f.Logical.C : 1;
}
