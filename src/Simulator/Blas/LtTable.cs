using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>
/// Which algorithms there are for a product. The real library's choice is not documented: this one has less, so that whoever uses it
/// meets every answer that the documentation allows.
/// </summary>
internal static class LtTable
{
    private const int SplitFrom = 512;
    private const int SplitParts = 4;

    /// <summary>
    /// Whether there is anything at all. bfloat16 from compute capability 8.0; epilogues from 7.0 on; before version 13 no epilogue
    /// on a result that is wider than the operands.
    /// </summary>
    internal static bool IsSupported(LtProblem problem, int architecture, int major)
    {
        if (problem.A.Kind == ElementKind.BFloat16 && architecture < 80) return false;
        return !problem.HasBias || (architecture >= 70 && (major >= 13 || problem.A.Kind == problem.D.Kind));
    }

    /// <summary>What multiplication makes of operands by tensor cores; float32 operands need a precision that they have.</summary>
    internal static InputPrecision TensorPrecision(LtProblem problem, int architecture, bool? tf32Override) =>
        ProductPrecision.Of(problem.Compute, problem.A.Kind, CublasMath.DefaultMath, architecture, tf32Override);

    /// <summary>The algorithms for a product, the one that should be fastest first.</summary>
    /// <param name="problem">The product.</param>
    /// <param name="architecture">The GPU's.</param>
    /// <param name="tf32Override">The environment's word on TF32.</param>
    /// <param name="reductions">The schemes that are allowed.</param>
    internal static IEnumerable<LtAlgorithm> Algorithms(LtProblem problem, int architecture, bool? tf32Override, LtReduction reductions)
    {
        bool narrow = problem.A.Kind != ElementKind.Float32;
        bool tensor = problem.Compute != CublasComputeType.Compute32fPedantic && architecture >= 70
            && (narrow || TensorPrecision(problem, architecture, tf32Override) != InputPrecision.Float32);
        // Without tensor cores, an epilogue is only there for float32.
        bool plain = !(narrow && problem.HasBias);
        LtReduction reduction = Choose(problem, reductions);
        foreach (bool usesTensorCores in (bool[])[true, false])
        {
            if (!(usesTensorCores ? tensor : plain)) continue;
            var whole = new LtAlgorithm(usesTensorCores, 1, LtReduction.None, problem.Signature, architecture);
            if (problem.K >= SplitFrom && reduction != LtReduction.None)
                yield return whole with { Parts = SplitParts, Reduction = reduction };
            yield return whole;
        }
    }

    /// <summary>The allowed scheme that loses most; an epilogue needs the whole sum first, so not in place.</summary>
    private static LtReduction Choose(LtProblem problem, LtReduction allowed)
    {
        if (problem.Compute == CublasComputeType.Compute32fPedantic) allowed &= LtReduction.ComputeType;
        if (allowed.HasFlag(LtReduction.OutputType)) return LtReduction.OutputType;
        if (allowed.HasFlag(LtReduction.InPlace) && !problem.HasBias) return LtReduction.InPlace;
        return allowed & LtReduction.ComputeType;
    }
}
