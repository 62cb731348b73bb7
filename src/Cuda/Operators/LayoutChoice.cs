using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Cuda;

/// <summary>The order of the dimensions of 16-bit activations, where nobody asked for one.</summary>
internal static class LayoutChoice
{
    /// <summary>
    /// The order in which the three passes of a convolution of AlexNet's third layer take less time, measured once and kept with the algorithms; where nothing is to be
    /// measured, NHWC on GPUs with tensor cores, which want it.
    /// </summary>
    internal static Layout Of(CudaSession session)
    {
        Layout expected = session.Gpu.Major >= 7 ? Layout.Nhwc : Layout.Nchw;
        if (session.Options.Deterministic || session.Options.Trials == 0) return expected;
        string key = FormattableString.Invariant($"{session.Gpu.Name} sm_{session.Gpu.Architecture}|cuDNN {session.DnnVersion}|order of dimensions|{session.Storage}");
        if (Enum.TryParse(session.Algorithms.Find(key), out Layout known)) return known;
        float nchw = Milliseconds(session, Layout.Nchw), nhwc = Milliseconds(session, Layout.Nhwc);
        Layout faster = nchw == nhwc ? expected : nchw < nhwc ? Layout.Nchw : Layout.Nhwc;
        session.Algorithms.Keep(key, faster.ToString());
        return faster;
    }

    /// <summary>The least time of the three passes together; infinite where one is not offered.</summary>
    private static float Milliseconds(CudaSession session, Layout layout)
    {
        var problem = new ConvolutionProblem
        {
            Images = 32, Channels = 256, Height = 13, Width = 13, Filters = 384, KernelHeight = 3, KernelWidth = 3, PadY = 1, PadX = 1,
            Type = CudaSession.DnnTypeOf(session.Storage),
            Layout = layout == Layout.Nhwc ? CudnnTensorFormat.Nhwc : CudnnTensorFormat.Nchw,
            Math = ConvolutionMath.TensorCores,
        };
        using var scratch = new ConvolutionScratch(session, problem);
        float sum = 0;
        foreach (ConvolutionPass pass in new[] { ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardFilter })
        {
            using IConvolutionPlan plan = session.Convolutions.Plan(problem, pass);
            plan.Measure(session.Stream, scratch.Buffers); // the first measurement finds the libraries' kernels unloaded
            sum += plan.Measure(session.Stream, scratch.Buffers).Min(candidate => candidate.Milliseconds) ?? float.PositiveInfinity;
        }

        session.Synchronize("measuring the orders of dimensions");
        return sum;
    }
}
