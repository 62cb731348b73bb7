using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>Convolutions by cuDNN's legacy API, which cuDNN 8.9 and 9 both have.</summary>
/// <param name="context">The handle, which must outlive the plans.</param>
public sealed class CudnnConvolutions(CudnnContext context) : IConvolutions
{
    /// <inheritdoc/>
    public IConvolutionPlan Plan(ConvolutionProblem problem, ConvolutionPass pass)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return pass switch
        {
            ConvolutionPass.Forward => new CudnnForward(context, problem),
            ConvolutionPass.ForwardBiasRelu => new CudnnForwardBiasRelu(context, problem),
            ConvolutionPass.BackwardData => new CudnnBackwardData(context, problem),
            ConvolutionPass.BackwardFilter => new CudnnBackwardFilter(context, problem),
            _ => throw new ArgumentOutOfRangeException(nameof(pass)),
        };
    }
}

/// <summary>What the passes have in common: the descriptions, and which algorithms keep to the precision asked for.</summary>
internal abstract unsafe class CudnnPlan : IConvolutionPlan
{
    private protected const int MostAlgorithms = 32;   // the header counts 10 at most, and Find lists one for each precision

    private readonly List<IDisposable> _descriptions = [];
    private readonly CudnnContext _context;

    private protected CudnnPlan(CudnnContext context, ConvolutionProblem problem, ConvolutionPass pass)
    {
        _context = context;
        Problem = problem;
        Pass = pass;
        try
        {
            var (type, layout) = (problem.Type, problem.Layout);
            X = Keep(DnnTensorDescription.Create(Api, layout, type, problem.Images, problem.Channels, problem.Height, problem.Width)).Handle;
            Y = Keep(DnnTensorDescription.Create(Api, layout, type, problem.Images, problem.Filters, problem.OutputHeight, problem.OutputWidth)).Handle;
            var channels = problem.Channels / problem.Groups;
            W = Keep(DnnFilterDescription.Create(Api, layout, type, problem.Filters, channels, problem.KernelHeight, problem.KernelWidth)).Handle;
            Convolution = Keep(DnnConvolutionDescription.Create(
                Api, problem.PadY, problem.PadX, problem.StrideY, problem.StrideX, problem.Groups, MathType)).Handle;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ConvolutionProblem Problem { get; }

    public ConvolutionPass Pass { get; }

    public ConvolutionCandidate? Used { get; private set; }

    private protected ICudnn Api => _context.Api;

    private protected CudnnHandle Handle => _context.Handle;

    private protected CudnnTensorDescriptor X { get; }

    private protected CudnnTensorDescriptor Y { get; }

    private protected CudnnFilterDescriptor W { get; }

    private protected CudnnConvolutionDescriptor Convolution { get; }

    // DEFAULT_MATH may take TF32 for float32: only FMA_MATH forbids it.
    private CudnnMathType MathType => Problem.Math switch
    {
        ConvolutionMath.Float32 => CudnnMathType.FmaMath,
        ConvolutionMath.TensorFloat32 => CudnnMathType.DefaultMath,
        _ => CudnnMathType.TensorOpMath,
    };

    public IReadOnlyList<ConvolutionCandidate> Rank()
    {
        SetMath(MathType);
        List<ConvolutionCandidate> candidates = [];
        var status = Rank(candidates);
        Check(status, RankFunction, "asking for algorithms");
        return candidates;
    }

    public IReadOnlyList<ConvolutionCandidate> Measure(CUstream stream, in ConvolutionBuffers buffers)
    {
        SetMath(MathType);
        _context.SetStream(stream);
        List<ConvolutionCandidate> candidates = [];
        var status = Measure(candidates, buffers);
        Check(status, MeasureFunction, "timing algorithms");
        return candidates;
    }

    public ConvolutionCandidate Use(ConvolutionCandidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        SetMath(candidate.MathType);
        nuint bytes;
        var status = WorkspaceSize(candidate.Number, &bytes);
        Check(status, WorkspaceFunction, "asking for the workspace");
        Used = candidate with { WorkspaceBytes = Math.Max(candidate.WorkspaceBytes, (long)bytes) };
        return Used;
    }

    public bool TryRun(CUstream stream, in ConvolutionBuffers buffers)
    {
        var used = Used ?? throw new InvalidOperationException($"No algorithm is in use for {Pass} of {Problem}.");
        _context.SetStream(stream);
        float one = 1, zero = 0;
        var status = Run(used.Number, buffers, &one, &zero);

        // 3000 to 3999 are NOT_SUPPORTED and its reasons.
        if (Pass == ConvolutionPass.ForwardBiasRelu && (int)status / 1000 == 3)
        {
            return false;
        }

        Check(status, RunFunction, "running");
        return true;
    }

    public void Dispose()
    {
        if (_descriptions.Count == 0)
        {
            return;
        }

        var last = _descriptions[^1];
        _descriptions.RemoveAt(_descriptions.Count - 1);
        try
        {
            last.Dispose();
        }
        finally
        {
            Dispose(); // the others, even if this one cannot be destroyed
        }
    }

    private protected abstract string RankFunction { get; }

    private protected abstract string MeasureFunction { get; }

    private protected abstract string WorkspaceFunction { get; }

    private protected abstract string RunFunction { get; }

    private protected abstract CudnnStatus Rank(List<ConvolutionCandidate> candidates);

    private protected abstract CudnnStatus Measure(List<ConvolutionCandidate> candidates, in ConvolutionBuffers buffers);

    private protected abstract CudnnStatus WorkspaceSize(int algorithm, nuint* bytes);

    private protected abstract CudnnStatus Run(int algorithm, in ConvolutionBuffers buffers, float* one, float* zero);

    private protected T Keep<T>(T description)
        where T : IDisposable
    {
        _descriptions.Add(description);
        return description;
    }

    /// <summary>
    /// Adds an algorithm that works and keeps to the precision: true float32 is FMA alone, and nothing is ever converted to 16 bits. Two kinds of algorithms do not,
    /// whatever they say (measured on an H100, cuDNN 9.19, against double precision): Winograd's of windows beyond 3x3, whose tiles of 13x13 err by 1% of a tensor's
    /// size in float32 too; and algorithm 0 of the gradients in 16 bits, which adds partial sums up in them, by atomic operations.
    /// </summary>
    private protected void Add(
        List<ConvolutionCandidate> candidates, string name, int number, CudnnStatus status, CudnnMathType math, nuint bytes, CudnnDeterminism determinism, float time)
    {
        var keeps = Problem.Math == ConvolutionMath.Float32 ? math == CudnnMathType.FmaMath : math != CudnnMathType.TensorOpMathAllowConversion;
        if (status == CudnnStatus.Success && keeps && !IsInexact(number))
        {
            candidates.Add(new ConvolutionCandidate(name, number, math, (long)bytes, determinism == CudnnDeterminism.Deterministic, time < 0 ? null : time));
        }
    }

    private bool IsInexact(int number)
    {
        var winograd = Pass switch
        {
            ConvolutionPass.BackwardData => (int)CudnnConvolutionBwdDataAlgo.AlgoWinogradNonfused,
            ConvolutionPass.BackwardFilter => (int)CudnnConvolutionBwdFilterAlgo.AlgoWinogradNonfused,
            _ => (int)CudnnConvolutionFwdAlgo.WinogradNonfused,
        };
        var sumsIn16Bits = Pass switch
        {
            ConvolutionPass.BackwardData => number == (int)CudnnConvolutionBwdDataAlgo.Algo0,
            ConvolutionPass.BackwardFilter => number == (int)CudnnConvolutionBwdFilterAlgo.Algo0,
            _ => false,
        };
        return (number == winograd && Math.Max(Problem.KernelHeight, Problem.KernelWidth) > 3) || (sumsIn16Bits && Problem.Type != CudnnDataType.Float);
    }

    private void SetMath(CudnnMathType math) =>
        Api.Check(Api.SetConvolutionMathType(Convolution, math), "cudnnSetConvolutionMathType", $"preparing {Pass} of {Problem}");

    private void Check(CudnnStatus status, string function, string doing) => Api.Check(status, function, $"{doing} for {Pass} of {Problem}");
}
