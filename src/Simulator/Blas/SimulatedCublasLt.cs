using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>cublasLt 12 and 13 as the header documents them: this part multiplies, the other keeps handles and descriptions.</summary>
/// <param name="core">The simulated driver.</param>
internal sealed unsafe partial class SimulatedCublasLt(ISimulatorCore core) : ICublasLt
{
    private const int WorkspaceAlignment = 256;

    // Kernels with a bias read 16 bytes of it at a time, and no preference speaks of its alignment.
    private const int BiasAlignment = 16;

    private readonly BlasLibrary _library = new(core);

    public CublasStatus MatmulAlgoGetHeuristic(
        CublasLtHandle handle,
        CublasLtMatmulDesc description,
        CublasLtMatrixLayout a,
        CublasLtMatrixLayout b,
        CublasLtMatrixLayout c,
        CublasLtMatrixLayout d,
        CublasLtMatmulPreference preference,
        int requested,
        CublasLtMatmulHeuristicResult* results,
        int* returned)
    {
        const string Function = "cublasLtMatmulAlgoGetHeuristic";
        string arguments = _library.Traces
            ? $"{BlasLibrary.Names(handle.Value, description.Value, a.Value, b.Value, c.Value, d.Value, preference.Value)}, {requested}"
            : "";
        if (_library.Fails(Function, arguments, out CublasStatus status)) return status;
        if (_library.Find<LtContext>(Function, handle.Value) is not { } context) return CublasStatus.NotInitialized;
        if (returned is not null) *returned = 0;
        if (requested <= 0 || results is null || returned is null) return CublasStatus.InvalidValue;
        status = Resolve(Function, description, a, b, c, d, out _, out LtProblem? problem);
        if (status != CublasStatus.Success) return status;
        if (_library.Find<LtPreference>(Function, preference.Value) is not { } wishes) return CublasStatus.InvalidValue;
        if (!LtTable.IsSupported(problem!, context.Gpu.Architecture, _library.Major)) return CublasStatus.NotSupported;
        IEnumerable<LtAlgorithm> found =
            Search(problem!, context.Gpu, wishes.Reductions, wishes.MaxWorkspaceBytes, index => wishes.Alignments[index]);
        foreach (LtAlgorithm algorithm in found)
        {
            results[(*returned)++] = new CublasLtMatmulHeuristicResult
            {
                Algo = algorithm.Encode(core.Options.CublasVersion),
                WorkspaceSize = (nuint)algorithm.WorkspaceBytes(problem!),
                State = CublasStatus.Success,
                WavesCount = algorithm.Waves(problem!, context.Gpu),
            };
            if (*returned == requested) break;
        }

        return CublasStatus.Success;
    }

    public CublasStatus Matmul(
        CublasLtHandle handle,
        CublasLtMatmulDesc description,
        void* alpha,
        void* a,
        CublasLtMatrixLayout aLayout,
        void* b,
        CublasLtMatrixLayout bLayout,
        void* beta,
        void* c,
        CublasLtMatrixLayout cLayout,
        void* d,
        CublasLtMatrixLayout dLayout,
        CublasLtMatmulAlgo* algorithm,
        void* workspace,
        nuint workspaceBytes,
        CUstream stream)
    {
        const string Function = "cublasLtMatmul";
        string arguments = _library.Traces
            ? BlasLibrary.Names(handle.Value, description.Value, aLayout.Value, bLayout.Value, cLayout.Value, dLayout.Value)
                + $", {workspaceBytes}, {BlasLibrary.Name(stream.Value)}"
            : "";
        if (_library.Fails(Function, arguments, out CublasStatus status)) return status;
        if (_library.Find<LtContext>(Function, handle.Value) is not { } context) return CublasStatus.NotInitialized;
        status = Resolve(Function, description, aLayout, bLayout, cLayout, dLayout, out LtDescription? desc, out LtProblem? problem);
        if (status != CublasStatus.Success) return status;
        if (alpha is null || beta is null || a is null || b is null || d is null || (c is null && *(float*)beta != 0))
            return CublasStatus.InvalidValue;
        if ((workspace is null && workspaceBytes > 0) || (nuint)workspace % WorkspaceAlignment != 0) return CublasStatus.InvalidValue;
        if (problem!.HasBias && desc!.BiasPointer == 0) return CublasStatus.InvalidValue;
        if (!LtTable.IsSupported(problem, context.Gpu.Architecture, _library.Major)) return CublasStatus.NotSupported;
        problem = problem with
        {
            A = problem.A with { Address = (ulong)a },
            B = problem.B with { Address = (ulong)b },
            C = problem.C with { Address = (ulong)c },
            D = problem.D with { Address = (ulong)d },
        };
        status = Select(problem, context.Gpu, algorithm, workspaceBytes, out LtAlgorithm chosen);
        if (status != CublasStatus.Success) return status;
        status = _library.Ready(Function, context.Gpu);
        if (status != CublasStatus.Success) return status;

        var product = new MatrixProduct
        {
            A = problem.A,
            B = problem.B,
            C = problem.C,
            D = problem.D,
            TransposeA = problem.TransposeA,
            TransposeB = problem.TransposeB,
            K = problem.K,
            Alpha = *(float*)alpha,
            Beta = *(float*)beta,
            Precision = chosen.UsesTensorCores
                ? LtTable.TensorPrecision(problem, context.Gpu.Architecture, core.Options.Tf32Override)
                : InputPrecision.Float32,
            Parts = chosen.Parts,
            Partial = chosen.Partial(problem),
            Bias = problem.HasBias ? new Matrix("bias", desc!.BiasPointer, problem.BiasKind, problem.D.Rows, 1, problem.D.Rows) : null,
            Relu = problem.Epilogue == CublasLtEpilogue.ReluBias,
        };
        long used = chosen.WorkspaceBytes(problem);
        var launch = new ProductLaunch(_library, Function, product, used > 0 ? new Workspace((ulong)workspace, used) : default)
        {
            BiasAlignment = chosen.UsesTensorCores ? BiasAlignment : problem.BiasKind.Size(),
        };
        return launch.Submit(stream);
    }

    private CublasStatus Resolve(
        string function,
        CublasLtMatmulDesc description,
        CublasLtMatrixLayout a,
        CublasLtMatrixLayout b,
        CublasLtMatrixLayout c,
        CublasLtMatrixLayout d,
        out LtDescription? found,
        out LtProblem? problem)
    {
        problem = null;
        found = _library.Find<LtDescription>(function, description.Value);
        return found is not null
            && _library.Find<LtLayout>(function, a.Value) is { } layoutA && _library.Find<LtLayout>(function, b.Value) is { } layoutB
            && _library.Find<LtLayout>(function, c.Value) is { } layoutC && _library.Find<LtLayout>(function, d.Value) is { } layoutD
            ? LtProblem.Resolve(found, layoutA, layoutB, layoutC, layoutD, out problem)
            : CublasStatus.InvalidValue;
    }

    private IEnumerable<LtAlgorithm> Search(
        LtProblem problem,
        SimulatedGpu gpu,
        LtReduction reductions,
        ulong workspace,
        Func<int, ulong> addresses) =>
        from algorithm in LtTable.Algorithms(problem, gpu.Architecture, core.Options.Tf32Override, reductions)
        where (ulong)algorithm.WorkspaceBytes(problem) <= workspace && Fits(algorithm, problem, addresses)
        select algorithm;

    /// <summary>The algorithm given, or the library's own choice for addresses and workspace as they are.</summary>
    private CublasStatus Select(
        LtProblem problem,
        SimulatedGpu gpu,
        CublasLtMatmulAlgo* given,
        nuint workspaceBytes,
        out LtAlgorithm chosen)
    {
        ulong Address(int index) => index switch
        {
            0 => problem.A.Address,
            1 => problem.B.Address,
            2 => problem.C.Address,
            _ => problem.D.Address,
        };

        if (given is null)
        {
            chosen = Search(problem, gpu, LtReduction.All, workspaceBytes, Address).FirstOrDefault();
            // No algorithm has no parts.
            return chosen.Parts > 0 ? CublasStatus.Success : CublasStatus.NotSupported;
        }

        chosen = LtAlgorithm.Decode(*given, core.Options.CublasVersion) ?? default;
        if (chosen.Parts == 0 || chosen.Signature != problem.Signature) return CublasStatus.InvalidValue;
        if (chosen.Architecture != gpu.Architecture) return CublasStatus.ArchMismatch;
        if ((ulong)chosen.WorkspaceBytes(problem) > workspaceBytes) return CublasStatus.InvalidValue;
        return Fits(chosen, problem, Address) ? CublasStatus.Success : CublasStatus.NotSupported;
    }

    /// <summary>Whether the matrices are where an algorithm can read them. Between elements none can, and that is not looked at.</summary>
    private static bool Fits(LtAlgorithm algorithm, LtProblem problem, Func<int, ulong> addresses)
    {
        if (!algorithm.UsesTensorCores) return true;
        Matrix[] matrices = [problem.A, problem.B, problem.C, problem.D];
        return Enumerable.Range(0, matrices.Length).All(i => LtProblem.IsAligned(matrices[i], addresses(i), LtAlgorithm.TensorAlignment));
    }
}
