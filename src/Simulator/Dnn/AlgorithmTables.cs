using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>The machine and library that tables go by.</summary>
internal readonly record struct Platform(int Version, int Architecture, bool Tf32);

/// <summary>
/// Which algorithm takes which convolution. The tables are those of "Supported Algorithms" at cudnnConvolutionForward,
/// cudnnConvolutionBackwardData and cudnnConvolutionBackwardFilter in the API reference of cuDNN 8.9 and 9, for 2-D
/// convolutions. Where the reference is silent, the rules marked "assumed" are narrower than a real library may be, so that a
/// caller's fallbacks run.
/// </summary>
internal static class AlgorithmTables
{
    /// <summary>The number of algorithms of a direction, CUDNN_..._ALGO_COUNT.</summary>
    internal static int Count(Direction direction) => direction switch
    {
        Direction.Forward => (int)CudnnConvolutionFwdAlgo.Count,
        Direction.BackwardData => (int)CudnnConvolutionBwdDataAlgo.AlgoCount,
        _ => (int)CudnnConvolutionBwdFilterAlgo.AlgoCount,
    };

    /// <summary>The most results there can be: algorithms that can use Tensor Cores are listed with and without.</summary>
    internal static int MaxResults(Direction direction) => Count(direction) + 2;

    /// <summary>What an algorithm does, under whichever name the direction has for it.</summary>
    internal static Method MethodOf(Direction direction, int algorithm) => direction switch
    {
        Direction.Forward => (CudnnConvolutionFwdAlgo)algorithm switch
        {
            CudnnConvolutionFwdAlgo.ImplicitGemm => Method.General,
            CudnnConvolutionFwdAlgo.ImplicitPrecompGemm => Method.Precomputed,
            CudnnConvolutionFwdAlgo.Gemm => Method.Gemm,
            CudnnConvolutionFwdAlgo.Fft => Method.Fft,
            CudnnConvolutionFwdAlgo.FftTiling => Method.FftTiling,
            CudnnConvolutionFwdAlgo.Winograd => Method.Winograd,
            CudnnConvolutionFwdAlgo.WinogradNonfused => Method.WinogradNonfused,
            _ => Method.Missing,
        },
        Direction.BackwardData => (CudnnConvolutionBwdDataAlgo)algorithm switch
        {
            CudnnConvolutionBwdDataAlgo.Algo0 => Method.General,
            CudnnConvolutionBwdDataAlgo.Algo1 => Method.Precomputed,
            CudnnConvolutionBwdDataAlgo.AlgoFft => Method.Fft,
            CudnnConvolutionBwdDataAlgo.AlgoFftTiling => Method.FftTiling,
            CudnnConvolutionBwdDataAlgo.AlgoWinograd => Method.Winograd,
            CudnnConvolutionBwdDataAlgo.AlgoWinogradNonfused => Method.WinogradNonfused,
            _ => Method.Missing,
        },
        _ => (CudnnConvolutionBwdFilterAlgo)algorithm switch
        {
            CudnnConvolutionBwdFilterAlgo.Algo0 => Method.General,
            CudnnConvolutionBwdFilterAlgo.Algo1 => Method.Precomputed,
            CudnnConvolutionBwdFilterAlgo.Algo3 => Method.Gemm,
            CudnnConvolutionBwdFilterAlgo.AlgoFft => Method.Fft,
            CudnnConvolutionBwdFilterAlgo.AlgoFftTiling => Method.FftTiling,
            CudnnConvolutionBwdFilterAlgo.AlgoWinogradNonfused => Method.WinogradNonfused,
            _ => Method.Missing, // ALGO_WINOGRAD is documented as not implemented
        },
    };

    /// <summary>Atomic sums: documented of BWD_DATA_ALGO_0, BWD_FILTER_ALGO_0 and BWD_FILTER_ALGO_3.</summary>
    internal static bool IsDeterministic(Direction direction, int algorithm) =>
        direction == Direction.Forward
        || MethodOf(direction, algorithm) is not (Method.General or Method.Gemm);

    /// <summary>Why no algorithm takes a convolution; null where some may.</summary>
    internal static string? WhyNotAtAll(ConvolutionProblem problem, Platform platform)
    {
        // Assumed: NCHW filters with other tensors are documented for the general algorithms, but few kernels have them.
        if (problem.X.Format != problem.W.Format || problem.X.Format != problem.Y.Format)
            return "layouts of input, filters and output differ";
        // TRUE_HALF_CONFIG exists, but not here: no caller sums in half.
        if (problem.Convolution.ComputeType != CudnnDataType.Float)
            return $"sums in {problem.Convolution.ComputeType}";
        if (problem.X.Count >= ConvolutionProblem.ElementLimit || problem.Y.Count >= ConvolutionProblem.ElementLimit
            || problem.W.Count >= ConvolutionProblem.ElementLimit)
            return "a tensor of 2 giga-elements";
        // PSEUDO_BFLOAT16_CONFIG: "compute capability 8.0 and later".
        if (problem.Type == CudnnDataType.BFloat16 && platform.Architecture < 80)
            return $"bfloat16 on compute capability {platform.Architecture / 10}.{platform.Architecture % 10}";
        // Assumed: 16-bit channels-last kernels are Tensor Core kernels.
        if (problem.IsNhwc && problem.Type != CudnnDataType.Float && platform.Architecture < 70)
            return "16-bit NHWC without Tensor Cores";
        return null;
    }

    /// <summary>Why an algorithm does not take a convolution; null where it does.</summary>
    internal static string? WhyNot(ConvolutionProblem problem, int algorithm, Platform platform)
    {
        if (WhyNotAtAll(problem, platform) is { } reason) return reason;
        Method method = MethodOf(problem.Direction, algorithm);
        if (method == Method.Missing) return "not implemented";
        // NHWC rows of the tables.
        if (problem.IsNhwc && method != Method.Precomputed) return "NHWC";
        ConvolutionShape c = problem.Convolution;
        // Dilation: "greater than 0 for all dimensions" for these alone (NHWC: for what takes NHWC), else 1.
        if ((c.DilationY != 1 || c.DilationX != 1) && method != Method.General && !problem.IsNhwc) return "dilation";
        return method switch
        {
            Method.Fft or Method.FftTiling => WhyNotFft(problem, method, platform),
            Method.Winograd or Method.WinogradNonfused => WhyNotWinograd(problem, method, platform),
            _ => null,
        };
    }

    /// <summary>The precisions an algorithm can be run in, the preferred one first.</summary>
    /// <remarks>
    /// cudnnMathType_t: DEFAULT_MATH permits TF32 from 8.0 on and no Tensor Cores before; TENSOR_OP_MATH permits them without
    /// converting; ..._ALLOW_CONVERSION converts float32 to half; FMA_MATH forbids all of it, and is what DEFAULT_MATH is before 8.0.
    /// </remarks>
    internal static IReadOnlyList<CudnnMathType> MathTypes(ConvolutionProblem problem, int algorithm, Platform platform)
    {
        CudnnMathType asked = problem.Convolution.MathType;
        CudnnMathType plain = asked == CudnnMathType.FmaMath || platform.Architecture >= 80 ? CudnnMathType.FmaMath : CudnnMathType.DefaultMath;
        if (asked == CudnnMathType.FmaMath
            || MethodOf(problem.Direction, algorithm) is not (Method.Precomputed or Method.WinogradNonfused))
            return [plain];
        bool converts = asked == CudnnMathType.TensorOpMathAllowConversion;
        if (problem.Type == CudnnDataType.Float)
        {
            if (converts && platform.Architecture >= 70) return [CudnnMathType.TensorOpMathAllowConversion, plain];
            return platform.Architecture >= 80 && platform.Tf32 ? [CudnnMathType.TensorOpMath, plain] : [plain];
        }

        bool permitted = asked == CudnnMathType.TensorOpMath || converts;
        return permitted && platform.Architecture >= 70 ? [CudnnMathType.TensorOpMath, plain] : [plain];
    }

    /// <summary>Why cudnnConvolutionBiasActivationForward does not take what cudnnConvolutionForward would.</summary>
    internal static string? WhyNotFused(ConvolutionProblem problem, int algorithm, CudnnActivationMode mode, Platform platform)
    {
        Method method = MethodOf(Direction.Forward, algorithm);
        // Documented of CUDNN_ACTIVATION_IDENTITY.
        if (mode == CudnnActivationMode.Identity && method != Method.Precomputed) return "identity";
        // Assumed, from here on. The reference says that all algorithms have it, libraries do not.
        if (method is Method.Fft or Method.FftTiling or Method.Gemm) return "no fused kernel";
        if (LibraryFacts.IsVersion8(platform.Version)) return null;
        if (method is Method.General or Method.Winograd) return "no fused kernel since cuDNN 9";
        return problem.Groups > 1 && platform.Architecture < 80 ? "no fused kernel for groups before compute capability 8.0" : null;
    }

    private static string? WhyNotFft(ConvolutionProblem problem, Method method, Platform platform)
    {
        ConvolutionShape c = problem.Convolution;
        if (problem.Type == CudnnDataType.BFloat16) return "bfloat16";
        if (c.StrideY != 1 || c.StrideX != 1) return "stride";
        if (problem.W.H <= c.PadY || problem.W.W <= c.PadX) return "padding not less than the filter";
        // Assumed: not built for Hopper and later since cuDNN 9.
        if (!LibraryFacts.IsVersion8(platform.Version) && platform.Architecture >= 90) return "compute capability";
        if (method == Method.Fft)
            return problem.X.H + (2 * c.PadY) > 256 || problem.X.W + (2 * c.PadX) > 256 ? "padded input beyond 256" : null;
        // "When neither of the filter dimensions is 1, they must not be larger than 32; when either is 1, the largest 256."
        int limit = problem.W.H == 1 || problem.W.W == 1 ? 256 : 32;
        return Math.Max(problem.W.H, problem.W.W) > limit ? "filter beyond the tile" : null;
    }

    private static string? WhyNotWinograd(ConvolutionProblem problem, Method method, Platform platform)
    {
        ConvolutionShape c = problem.Convolution;
        if (c.StrideY != 1 || c.StrideX != 1) return "stride";
        bool is3 = problem.W.H == 3 && problem.W.W == 3, is5 = problem.W.H == 5 && problem.W.W == 5;
        if (method == Method.WinogradNonfused) return is3 || is5 ? null : "filter other than 3x3 and 5x5";
        if (problem.Type == CudnnDataType.BFloat16) return "bfloat16";
        if (!is3) return "filter other than 3x3";
        // Assumed, as above.
        return !LibraryFacts.IsVersion8(platform.Version) && platform.Architecture >= 90 ? "compute capability" : null;
    }
}

/// <summary>Kinds of algorithms.</summary>
internal enum Method
{
    /// <summary>In the enum, but never implemented.</summary>
    Missing,

    /// <summary>IMPLICIT_GEMM, ALGO_0: no workspace.</summary>
    General,

    /// <summary>IMPLICIT_PRECOMP_GEMM, ALGO_1: tables of indices in the workspace, Tensor Cores.</summary>
    Precomputed,

    /// <summary>GEMM of the unrolled input; BWD_FILTER_ALGO_3.</summary>
    Gemm,
    Fft,
    FftTiling,
    Winograd,
    WinogradNonfused,
}
