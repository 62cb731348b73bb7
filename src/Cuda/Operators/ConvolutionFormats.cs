using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>
/// How a convolution's window becomes cuDNN's, whose padding is the same at both ends: what is more at one end becomes a margin of zeros in the input. So
/// TensorFlow's SAME on 224 x 224 (3 before, 4 after) costs no pass: pictures are written into 225 x 225.
/// </summary>
internal readonly record struct ConvolutionPadding(int Pad, int Before, int After)
{
    /// <summary>Along one axis.</summary>
    /// <param name="size">The input's size.</param>
    /// <param name="kernel">The window's size.</param>
    /// <param name="stride">The window's step.</param>
    /// <param name="before">Zeros before the input.</param>
    /// <param name="outputs">How many windows there are.</param>
    internal static ConvolutionPadding Of(int size, int kernel, int stride, int before, int outputs)
    {
        if (((size + (2 * before) - kernel) / stride) + 1 == outputs) return new ConvolutionPadding(before, 0, 0);
        int after = Math.Max(0, ((outputs - 1) * stride) + kernel - size - before), both = Math.Min(before, after);
        return new ConvolutionPadding(both, before - both, after - both);
    }
}

/// <summary>A convolution's sizes and formats on the device.</summary>
internal sealed record ConvolutionFormats(ConvolutionProblem Problem, TensorFormat Input, TensorFormat Output, TensorFormat Filters, TensorFormat FilterGradients)
{
    // Beyond 4 channels cuDNN's own algorithms are fast; beyond 8 x 8 pixels a block has more channels than they need.
    private const int MostBlockedChannels = 4, LargestBlock = 8;

    /// <summary>The format of filters over blocks of pixels, whose gradient has to be brought to its own format; null where cuDNN writes it as it is.</summary>
    internal DeviceFormat? BlockedFilters => Filters is DeviceFormat { Block: > 1 } blocked ? blocked : null;

    internal static ConvolutionFormats Of(CudaSession session, ShapedLayer shaped)
    {
        var layer = (ConvolutionLayer)shaped.Layer;
        Shape input = shaped.Inputs[0], output = shaped.Output;
        WindowGeometry g = layer.Window.Resolve(layer.Name, input.H, input.W);
        if (session.Options.SpaceToDepth && Blocked(session, layer, input, output, g) is { } blocked) return blocked;
        var y = ConvolutionPadding.Of(g.Height, g.KernelHeight, g.StrideHeight, g.PadTop, g.OutputHeight);
        var x = ConvolutionPadding.Of(g.Width, g.KernelWidth, g.StrideWidth, g.PadLeft, g.OutputWidth);
        TensorFormat format = Formats.Activation(input, session.Storage, session.Layout);
        if (y.Before + y.After + x.Before + x.After > 0)
        {
            DeviceFormat own = format as DeviceFormat ?? new DeviceFormat(input, Storage.Float32);
            format = own with { Top = y.Before, Bottom = y.After, Left = x.Before, Right = x.After };
        }

        bool last = session.Layout == Layout.Nhwc;
        Kernels.Storage storage = session.Storage;
        Shape filters = layer.GetParameters(input)[0].Shape;
        int channels = last ? filters.C : 0;
        var padded = new Shape(input.N, input.C, y.Before + input.H + y.After, x.Before + input.W + x.After);
        ConvolutionProblem problem = ProblemOf(session, padded, output.C, g.KernelHeight, g.KernelWidth) with
        {
            StrideY = g.StrideHeight, StrideX = g.StrideWidth, PadY = y.Pad, PadX = x.Pad, Groups = layer.Groups,
        };
        return new ConvolutionFormats(
            problem,
            format,
            Formats.Activation(output, storage, session.Layout),
            Formats.Of(filters, storage, channels),
            Formats.Of(filters, storage, channels, ofMaster: true));
    }

    /// <summary>
    /// The same convolution over blocks of stride x stride pixels: without a stride, over stride^2 times as many channels, with filters that are rounded up to whole
    /// blocks by zeros. Null where it would have no use: without a stride, and with channels enough.
    /// </summary>
    private static ConvolutionFormats? Blocked(CudaSession session, ConvolutionLayer layer, Shape input, Shape output, WindowGeometry g)
    {
        int block = g.StrideHeight, kernelRows = BlocksOf(g.KernelHeight, block), kernelColumns = BlocksOf(g.KernelWidth, block);
        int rows = g.OutputHeight - 1 + kernelRows, columns = g.OutputWidth - 1 + kernelColumns;
        int bottom = (rows * block) - g.PadTop - input.H, right = (columns * block) - g.PadLeft - input.W;
        if (layer.Groups > 1 || input.C > MostBlockedChannels || block is < 2 or > LargestBlock || g.StrideWidth != block || bottom < 0 || right < 0) return null;
        bool last = session.Layout == Layout.Nhwc;
        Kernels.Storage storage = session.Storage;
        Shape filters = layer.GetParameters(input)[0].Shape;
        ConvolutionProblem problem = ProblemOf(session, new Shape(input.N, input.C * block * block, rows, columns), output.C, kernelRows, kernelColumns);
        var x = new DeviceFormat(input, storage)
        {
            Block = block, Top = g.PadTop, Left = g.PadLeft, Bottom = bottom, Right = right, ChannelsLast = last ? input.C : 0,
        };
        var w = new DeviceFormat(filters, storage)
        {
            Block = block, Bottom = (kernelRows * block) - g.KernelHeight, Right = (kernelColumns * block) - g.KernelWidth, ChannelsLast = last ? input.C : 0,
        };
        // The gradient is brought back to canonical order: the zeros that fill up the filters are no parameters.
        return new ConvolutionFormats(problem, x, Formats.Activation(output, storage, session.Layout), w, Formats.Of(filters, Kernels.Storage.Float32));
    }

    /// <summary>A convolution in the session's precision and order, without stride, padding and groups.</summary>
    private static ConvolutionProblem ProblemOf(CudaSession session, Shape input, int filters, int kernelHeight, int kernelWidth) => new()
    {
        Images = input.N,
        Channels = input.C,
        Height = input.H,
        Width = input.W,
        Filters = filters,
        KernelHeight = kernelHeight,
        KernelWidth = kernelWidth,
        Type = CudaSession.DnnTypeOf(session.Storage),
        Layout = session.DnnFormat,
        Math = session.DnnMath,
    };

    private static int BlocksOf(int pixels, int block) => (pixels + block - 1) / block;
}
