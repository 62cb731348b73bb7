using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>Every algorithm that cuDNN offers for every pass of convolutions like AlexNet's and VGG's, in one precision and layout, against double precision.</summary>
internal sealed class ConvolutionChecks : CheckGroup
{
    private readonly CudaLibraries _libraries;
    private readonly CudaDeviceOptions _options;
    private CudaSession? _session;

    internal ConvolutionChecks(CudaLibraries libraries, CudaDeviceOptions options)
    {
        (_libraries, _options) = (libraries, options);
        Checks = [.. Problems().SelectMany(problem => Enum.GetValues<ConvolutionPass>().Select(
            pass => new Check($"{problem.Name} {NameOf(pass)}", "double precision", () => Run(problem.Problem, pass))))];
    }

    internal override string Name => $"convolutions in {NameOf(_options)}";

    internal override IReadOnlyList<Check> Checks { get; }

    /// <summary>The precision, and of 16 bits the layout, for people.</summary>
    internal static string NameOf(CudaDeviceOptions options) => options.Layout is { } layout ? $"{options.Precision} {layout}" : options.Precision.ToString();

    internal override void Open() => _session = new CudaSession(_libraries, _options);

    public override void Dispose() => _session?.Dispose();

    private static string NameOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => "forward",
        ConvolutionPass.ForwardBiasRelu => "forward with bias and relu",
        ConvolutionPass.BackwardData => "input gradient",
        _ => "filter gradient",
    };

    private static IEnumerable<(string Name, ConvolutionProblem Problem)> Problems()
    {
        yield return ("11x11 stride 4", Problem(2, 3, 39, 39, 16, 11) with { StrideY = 4, StrideX = 4 });
        yield return ("5x5 in 2 groups", Problem(2, 16, 9, 9, 16, 5) with { PadY = 2, PadX = 2, Groups = 2 });
        yield return ("3x3", Problem(2, 16, 10, 10, 24, 3) with { PadY = 1, PadX = 1 });
        yield return ("3x3 of odd sizes", Problem(3, 5, 7, 11, 7, 3) with { PadX = 1 });
        yield return ("1x1", Problem(2, 32, 6, 6, 16, 1));

        static ConvolutionProblem Problem(int images, int channels, int height, int width, int filters, int kernel) => new()
        {
            Images = images, Channels = channels, Height = height, Width = width, Filters = filters, KernelHeight = kernel, KernelWidth = kernel,
        };
    }

    private IEnumerable<Finding> Run(ConvolutionProblem problem, ConvolutionPass pass)
    {
        CudaSession session = _session!;
        problem = problem with { Type = CudaSession.DnnTypeOf(session.Storage), Layout = session.DnnFormat, Math = session.DnnMath };
        using IConvolutionPlan plan = Enter(() => session.Convolutions.Plan(problem, pass));
        IReadOnlyList<ConvolutionCandidate> candidates = Enter(plan.Rank);
        var data = new Data(problem, pass);
        int found = 0;
        foreach (ConvolutionCandidate candidate in candidates)
        {
            if (Enter(() => Run(plan, candidate, data)) is not { } finding) continue;
            found++;
            yield return finding;
        }

        if (found == 0)
        {
            yield return pass == ConvolutionPass.ForwardBiasRelu
                ? Finding.NotOffered("not in one call: a kernel of our own adds the bias")
                : Finding.Failed("cuDNN offers no algorithm");
        }
    }

    /// <summary>One algorithm; null where the library does not take it for this pass after all.</summary>
    private Finding? Run(IConvolutionPlan plan, ConvolutionCandidate candidate, Data data)
    {
        CudaSession session = _session!;
        Storage storage = session.Storage;
        ConvolutionProblem p = plan.Problem;
        try
        {
            ConvolutionCandidate used = plan.Use(candidate);
            using var memory = new Operands(session);
            ulong x = data.X is null ? memory.Empty(data.InputCount, storage) : memory.Add(Input(p, data.X), storage);
            ulong w = data.W is null ? memory.Empty(data.FilterCount, storage) : memory.Add(Filters(p, data.W), storage);
            ulong y = data.Y is null ? memory.Empty(data.OutputCount, storage) : memory.Add(Output(p, data.Y), storage);
            ulong bias = plan.Pass == ConvolutionPass.ForwardBiasRelu ? memory.Add(data.Bias, storage) : 0;
            var buffers = new ConvolutionBuffers(x, w, y, bias, memory.Raw(used.WorkspaceBytes), used.WorkspaceBytes);
            if (!plan.TryRun(session.Stream, buffers)) return null;
            double[] actual = plan.Pass switch
            {
                ConvolutionPass.BackwardData => Input(p, memory.Read(x, data.InputCount, storage), toNhwc: false),
                ConvolutionPass.BackwardFilter => Filters(p, memory.Read(w, data.FilterCount, storage), toNhwc: false),
                _ => Output(p, memory.Read(y, data.OutputCount, storage), toNhwc: false),
            };
            string detail = $"{used.Name}{(used.MathType == CudnnMathType.DefaultMath ? "" : $" {used.MathType}")}{(used.IsDeterministic ? "" : ", not deterministic")}";
            return new Finding(Tensors.LargestError(data.Expected, actual), 4 * Tensors.Level(_options.Precision), detail);
        }
        catch (CudaException e) when (!((CUresult)e.Status).IsContextLost())
        {
            return Finding.Failed($"{candidate.Name}: {e.Message}"); // the other algorithms have their turn
        }
    }

    private T Enter<T>(Func<T> work)
    {
        using CudaContext.Scope scope = _session!.Enter();
        return work();
    }

    private static double[] Input(ConvolutionProblem p, double[] values, bool toNhwc = true) => Order(p, values, p.Images, p.Channels, p.Height * p.Width, toNhwc);

    private static double[] Filters(ConvolutionProblem p, double[] values, bool toNhwc = true) =>
        Order(p, values, p.Filters, p.Channels / p.Groups, p.KernelHeight * p.KernelWidth, toNhwc);

    private static double[] Output(ConvolutionProblem p, double[] values, bool toNhwc = true) =>
        Order(p, values, p.Images, p.Filters, p.OutputHeight * p.OutputWidth, toNhwc);

    private static double[] Order(ConvolutionProblem p, double[] values, int images, int channels, int plane, bool toNhwc) =>
        p.Layout == CudnnTensorFormat.Nhwc ? Tensors.Reorder(values, images, channels, plane, toNhwc) : values;

    /// <summary>The numbers of a pass, NCHW; those it is to write are null.</summary>
    private sealed class Data
    {
        internal Data(ConvolutionProblem p, ConvolutionPass pass)
        {
            InputCount = (long)p.Images * p.Channels * p.Height * p.Width;
            FilterCount = (long)p.Filters * (p.Channels / p.Groups) * p.KernelHeight * p.KernelWidth;
            OutputCount = (long)p.Images * p.Filters * p.OutputHeight * p.OutputWidth;
            double[] x = Tensors.Uniform(InputCount, 1), w = Tensors.Uniform(FilterCount, 2), y = Tensors.Uniform(OutputCount, 3);
            Bias = Tensors.Uniform(p.Filters, 4);
            (X, W, Y) = pass switch
            {
                ConvolutionPass.BackwardData => ((double[]?)null, w, y),
                ConvolutionPass.BackwardFilter => (x, (double[]?)null, y),
                _ => (x, w, (double[]?)null),
            };
            Expected = pass switch
            {
                ConvolutionPass.BackwardData => DoubleConvolution.BackwardData(p, w, y),
                ConvolutionPass.BackwardFilter => DoubleConvolution.BackwardFilter(p, x, y),
                _ => DoubleConvolution.Forward(p, x, w),
            };
            if (pass != ConvolutionPass.ForwardBiasRelu) return;
            int plane = p.OutputHeight * p.OutputWidth;
            for (int i = 0; i < Expected.Length; i++) Expected[i] = Math.Max(0, Expected[i] + Bias[i / plane % p.Filters]);
        }

        internal long InputCount { get; }

        internal long FilterCount { get; }

        internal long OutputCount { get; }

        internal double[]? X { get; }

        internal double[]? W { get; }

        internal double[]? Y { get; }

        internal double[] Bias { get; }

        internal double[] Expected { get; }
    }
}
