using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>What the three directions have in common when they run: checks of operands and workspace, and the work itself.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    private const int TensorCoreAlignment = 16;

    /// <summary>Checks and enqueues a convolution.</summary>
    private CudnnStatus Execute(
        string function,
        HandleState handle,
        ConvolutionProblem problem,
        int algorithm,
        Operand left,
        Operand right,
        Operand output,
        (float Alpha, float Beta) factors,
        void* workspace,
        nuint workspaceBytes,
        FusedTail? tail = null)
    {
        CudnnStatus status = Supported(function, handle, problem, algorithm);
        if (status != CudnnStatus.Success) return status;
        Platform platform = PlatformOf(handle);
        long needed = AlgorithmCosts.Workspace(problem, algorithm, platform);
        if (needed > 0 && (workspace is null || (ulong)workspaceBytes < (ulong)needed))
            return Bad($"{function}: algorithm {algorithm} needs {needed} bytes of workspace and has {(workspace is null ? 0 : workspaceBytes)}");
        CudnnMathType math = AlgorithmTables.MathTypes(problem, algorithm, platform)[0];
        status = tail is null
            ? CheckOperands(function, [left, right], output, (ulong)workspace, needed)
            : CheckOperands(function, [left, right, tail.Bias], output, (ulong)workspace, needed);
        if (status == CudnnStatus.Success && tail is { Alpha2: not 0 })
            status = CheckAddition(function, tail.Z, output);
        if (status == CudnnStatus.Success) status = CheckTensorCores(function, problem, math, left, right, output);
        if (status != CudnnStatus.Success) return status;
        InputPrecision precision = problem.Type != CudnnDataType.Float
            ? InputPrecision.Float32
            : math switch
            {
                CudnnMathType.TensorOpMath => InputPrecision.Tf32,
                CudnnMathType.TensorOpMathAllowConversion => InputPrecision.Float16,
                _ => InputPrecision.Float32,
            };
        var execution = new Execution(
            problem,
            left,
            right,
            output,
            precision,
            () => NextOrder(problem.Direction, algorithm),
            factors.Alpha,
            factors.Beta,
            tail,
            ((ulong)workspace, needed));
        SimulatorOptions options = core.Options;
        CUresult result = core.Submit(
            handle.Stream,
            new Work(function, execution.Uses(), memory => execution.Run(memory, options.Workers, options.Poison)));
        return result == CUresult.Success ? CudnnStatus.Success : Fail(CudnnStatus.ExecutionFailed, $"{function}: the driver says {result}");
    }

    private SumOrder NextOrder(Direction direction, int algorithm)
    {
        int seed = core.Options.Seed;
        if (seed == 0 || AlgorithmTables.IsDeterministic(direction, algorithm)) return SumOrder.Of(direction, algorithm, shuffle: null);
        return SumOrder.Of(direction, algorithm, AlgorithmCosts.Mix((ulong)(uint)seed, (ulong)Interlocked.Increment(ref _runs)));
    }

    /// <summary>What is documented of pointers, and what no library notices: memory that is not there, operands that overlap.</summary>
    private CudnnStatus CheckOperands(string function, ReadOnlySpan<Operand> inputs, Operand output, ulong workspace, long workspaceBytes)
    {
        foreach (Operand input in inputs)
        {
            CudnnStatus status = CheckOperand(function, input);
            if (status != CudnnStatus.Success) return status;
        }

        CudnnStatus last = CheckOperand(function, output);
        if (last != CudnnStatus.Success) return last;
        if (workspace % TensorCoreAlignment != 0 && workspaceBytes > 0) return Bad($"{function}: the workspace is not aligned to 16 bytes");
        if (workspaceBytes > 0 && !core.Holds(workspace, workspaceBytes))
            core.Report($"{function}: the {workspaceBytes} bytes of workspace are not within live memory");
        foreach (Operand input in inputs)
        {
            if (Overlaps(input, output.Address, output.Shape.Bytes)) core.Report($"{function}: {output.Name} overlaps {input.Name}");
            if (Overlaps(input, workspace, workspaceBytes)) core.Report($"{function}: the workspace overlaps {input.Name}");
        }

        if (Overlaps(output, workspace, workspaceBytes)) core.Report($"{function}: the workspace overlaps {output.Name}");
        return CudnnStatus.Success;
    }

    private CudnnStatus CheckOperand(string function, Operand operand)
    {
        if (operand.Address == 0) return Bad($"{function}: {operand.Name} is null");
        if (operand.Address % (ulong)operand.Shape.ElementBytes != 0)
            return Bad($"{function}: {operand.Name} is not aligned to its elements of {operand.Shape.ElementBytes} bytes");
        if (!core.Holds(operand.Address, operand.Shape.Bytes))
            core.Report($"{function}: {operand.Name} ({operand.Shape.Bytes} bytes) is not within live memory");
        return CudnnStatus.Success;
    }

    // z may be y, but not a part of it.
    private CudnnStatus CheckAddition(string function, Operand z, Operand output)
    {
        CudnnStatus status = CheckOperand(function, z);
        if (status == CudnnStatus.Success && z.Address != output.Address && Overlaps(z, output.Address, output.Shape.Bytes))
            core.Report($"{function}: {output.Name} overlaps {z.Name} in part");
        return status;
    }

    /// <summary>Tensor Cores, and all 16-bit kernels, move 128 bits at a time.</summary>
    private static CudnnStatus CheckTensorCores(
        string function,
        ConvolutionProblem problem,
        CudnnMathType math,
        Operand left,
        Operand right,
        Operand output)
    {
        if (problem.Type == CudnnDataType.Float && math is CudnnMathType.FmaMath or CudnnMathType.DefaultMath) return CudnnStatus.Success;
        foreach (Operand operand in (ReadOnlySpan<Operand>)[left, right, output])
        {
            if (operand.Address % TensorCoreAlignment != 0) return Bad($"{function}: {operand.Name} is not aligned to 16 bytes");
        }

        return CudnnStatus.Success;
    }

    private static bool Overlaps(Operand operand, ulong address, long bytes) =>
        bytes > 0 && operand.Address < address + (ulong)bytes && address < operand.Address + (ulong)operand.Shape.Bytes;
}
