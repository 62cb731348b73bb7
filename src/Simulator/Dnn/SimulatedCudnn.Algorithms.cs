using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>What the three directions have in common: the lists of algorithms, workspace sizes, Find.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    /// <summary>A result of Get..._v7 or Find...Ex, before it has its direction's struct.</summary>
    private readonly record struct Result(int Algorithm, CudnnStatus Status, double Time, long Memory, CudnnMathType MathType, CudnnDeterminism Determinism);

    private CudnnStatus MaxCount(string function, CudnnHandle handle, Direction direction, int* count)
    {
        if (core.Fails(function, Traced(handle.Value), out int injected)) return Injected(function, injected);
        if (Find<HandleState>(function, handle.Value, "handle") is null) return CudnnStatus.BadParam;
        if (count is null) return Bad($"{function}: nowhere to write the count");
        *count = AlgorithmTables.MaxResults(direction);
        return CudnnStatus.Success;
    }

    /// <summary>The convolution that descriptors describe; null, with the status, where they describe none.</summary>
    private ConvolutionProblem? Problem(
        string function,
        Direction direction,
        (CudnnTensorDescriptor Descriptor, string Name) x,
        (CudnnFilterDescriptor Descriptor, string Name) w,
        CudnnConvolutionDescriptor convolution,
        (CudnnTensorDescriptor Descriptor, string Name) y,
        out CudnnStatus status)
    {
        status = CudnnStatus.BadParam;
        if (Shape(function, x.Descriptor, x.Name) is not { } input || Shape(function, w.Descriptor, w.Name) is not { } filters
            || Shape(function, convolution) is not { } shape || Shape(function, y.Descriptor, y.Name) is not { } output)
            return null;
        var problem = new ConvolutionProblem(direction, input, filters, output, shape);
        if (problem.Mismatch() is { } mismatch)
        {
            Bad($"{function}: {mismatch}");
            return null;
        }

        status = CudnnStatus.Success;
        return problem;
    }

    private List<Result> Guesses(HandleState handle, ConvolutionProblem problem) =>
        Results(handle, problem, limit: long.MaxValue, (algorithm, math) => AlgorithmCosts.Guess(problem, algorithm, math, handle.Gpu))
            .ConvertAll(r => r with { Time = -1 });

    /// <summary>Every algorithm in every precision, the fastest first, what is not supported last.</summary>
    private List<Result> Results(HandleState handle, ConvolutionProblem problem, long limit, Func<int, CudnnMathType, double> time)
    {
        Platform platform = PlatformOf(handle);
        var results = new List<Result>();
        for (var algorithm = 0; algorithm < AlgorithmTables.Count(problem.Direction); algorithm++)
        {
            CudnnDeterminism determinism =
                AlgorithmTables.IsDeterministic(problem.Direction, algorithm) ? CudnnDeterminism.Deterministic : CudnnDeterminism.NonDeterministic;
            if (AlgorithmTables.WhyNot(problem, algorithm, platform) is not null)
            {
                results.Add(new Result(algorithm, CudnnStatus.NotSupported, -1, 0, problem.Convolution.MathType, determinism));
                continue;
            }

            long bytes = AlgorithmCosts.Workspace(problem, algorithm, platform);
            foreach (CudnnMathType math in AlgorithmTables.MathTypes(problem, algorithm, platform))
            {
                // cudnnConvolutionFwdAlgoPerf_t: ALLOC_FAILED "if the provided workspace is insufficient"; cuDNN 9's name for it.
                results.Add(bytes <= limit
                    ? new Result(algorithm, CudnnStatus.Success, time(algorithm, math), bytes, math, determinism)
                    : new Result(algorithm, CudnnStatus.InternalErrorHostAllocationFailed, -1, bytes, math, determinism));
            }
        }

        return [.. results.OrderBy(r => r.Status == CudnnStatus.Success ? r.Time : double.MaxValue).ThenBy(r => r.Algorithm)];
    }

    private CudnnStatus WorkspaceSize(string function, HandleState handle, ConvolutionProblem problem, int algorithm, nuint* bytes)
    {
        if (bytes is null) return Bad($"{function}: nowhere to write the size");
        CudnnStatus status = Supported(function, handle, problem, algorithm);
        if (status == CudnnStatus.Success) *bytes = (nuint)AlgorithmCosts.Workspace(problem, algorithm, PlatformOf(handle));
        return status;
    }

    private CudnnStatus Supported(string function, HandleState handle, ConvolutionProblem problem, int algorithm)
    {
        if (algorithm < 0 || algorithm >= AlgorithmTables.Count(problem.Direction)) return Bad($"{function}: algorithm {algorithm} is unknown");
        return AlgorithmTables.WhyNot(problem, algorithm, PlatformOf(handle)) is { } reason
            ? Fail(CudnnStatus.NotSupported, $"{function}: algorithm {algorithm} does not take this: {reason}")
            : CudnnStatus.Success;
    }

    /// <summary>Times algorithms: overwrites the output and the workspace, waits for the stream.</summary>
    /// <remarks>The output is left full of NaN patterns, whatever the real library would leave: no caller may rely on it.</remarks>
    private CudnnStatus Find(
        string function,
        HandleState handle,
        ConvolutionProblem problem,
        ReadOnlySpan<Operand> inputs,
        Operand output,
        void* workspace,
        nuint workspaceBytes,
        out List<Result> results)
    {
        results = [];
        if (workspace is null && workspaceBytes > 0) return Bad($"{function}: a workspace of {workspaceBytes} bytes at null");
        CudnnStatus status = CheckOperands(function, inputs, output, (ulong)workspace, (long)workspaceBytes);
        if (status != CudnnStatus.Success) return status;
        if (core.IsCapturing(handle.Stream))
        {
            // It times with events and waits for them, which no capture permits: the attempt spoils it.
            core.Drain(handle.Stream);
            return Fail(CudnnStatus.ExecutionFailed, $"{function}: the stream is being captured");
        }

        results = Results(
            handle,
            problem,
            (long)workspaceBytes,
            (algorithm, math) => AlgorithmCosts.Measure(problem, algorithm, math, handle.Gpu, core.Options.Seed));
        List<MemoryUse> uses = [.. inputs.ToArray().Select(o => new MemoryUse(o.Address, o.Shape.Bytes, Reads: true, Writes: false, o.Name))];
        uses.Add(new MemoryUse(output.Address, output.Shape.Bytes, Reads: false, Writes: true, output.Name));
        var (address, bytes) = ((ulong)workspace, (long)workspaceBytes);
        if (bytes > 0) uses.Add(new MemoryUse(address, bytes, Reads: false, Writes: true, "workSpace"));
        CUresult result = core.Submit(handle.Stream, new Work(function, uses, memory =>
        {
            memory.Fill(output.Address, 0xFF, output.Shape.Bytes);
            if (core.Options.Poison) memory.Fill(address, 0xFF, bytes);
        }));
        if (result == CUresult.Success) result = core.Drain(handle.Stream);
        return result == CUresult.Success ? CudnnStatus.Success : Fail(CudnnStatus.ExecutionFailed, $"{function}: the driver says {result}");
    }
}
