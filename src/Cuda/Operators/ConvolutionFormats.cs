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
    internal static ConvolutionFormats Of(CudaSession session, ShapedLayer shaped)
    {
        var layer = (ConvolutionLayer)shaped.Layer;
        Shape input = shaped.Inputs[0], output = shaped.Output;
        WindowGeometry g = layer.Window.Resolve(layer.Name, input.H, input.W);
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
        var problem = new ConvolutionProblem
        {
            Images = input.N,
            Channels = input.C,
            Height = y.Before + input.H + y.After,
            Width = x.Before + input.W + x.After,
            Filters = output.C,
            KernelHeight = g.KernelHeight,
            KernelWidth = g.KernelWidth,
            StrideY = g.StrideHeight,
            StrideX = g.StrideWidth,
            PadY = y.Pad,
            PadX = x.Pad,
            Groups = layer.Groups,
            Type = CudaSession.DnnTypeOf(storage),
            Layout = session.DnnFormat,
            Math = session.DnnMath,
        };
        return new ConvolutionFormats(
            problem,
            format,
            Formats.Activation(output, storage, session.Layout),
            Formats.Of(filters, storage, channels),
            Formats.Of(filters, storage, channels, ofMaster: true));
    }
}
