using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>
/// What multiplication makes of float32 operands. Where a reduced precision is allowed and the GPU has it, it is taken: the real
/// library need not, but may.
/// </summary>
internal static class ProductPrecision
{
    private const CublasMath ModeBits = (CublasMath)15;

    /// <summary>Whether a mode has a base that the header lists, CUBLAS_TENSOR_OP_MATH (1, deprecated) too, and no unknown flag.</summary>
    internal static bool IsKnown(CublasMath mode) =>
        (mode & ~CublasMath.MathDisallowReducedPrecisionReduction) is >= CublasMath.DefaultMath and <= CublasMath.Tf32TensorOpMath;

    /// <summary>Whether sums of parts may be kept in the output's type, though it is narrower than that of the sums.</summary>
    internal static bool MayReduceRounded(CublasComputeType compute, CublasMath mode) =>
        !mode.HasFlag(CublasMath.MathDisallowReducedPrecisionReduction)
        && (mode & ModeBits) != CublasMath.PedanticMath && compute != CublasComputeType.Compute32fPedantic;

    /// <summary>The precision.</summary>
    /// <param name="compute">The call's.</param>
    /// <param name="operands">The operands' type: 16 bits are exact in every precision.</param>
    /// <param name="mode">The handle's.</param>
    /// <param name="architecture">The GPU's. Below what a precision needs, operands stay as they are.</param>
    /// <param name="tf32Override">The environment's word on TF32: false outweighs everything, true only the default.</param>
    internal static InputPrecision Of(
        CublasComputeType compute,
        ElementKind operands,
        CublasMath mode,
        int architecture,
        bool? tf32Override)
    {
        CublasMath basis = mode & ModeBits;
        if (operands != ElementKind.Float32 || basis == CublasMath.PedanticMath) return InputPrecision.Float32;
        bool tf32 = architecture >= 80 && tf32Override != false;
        return compute switch
        {
            CublasComputeType.Compute32fFast16f => architecture >= 70 ? InputPrecision.Float16 : InputPrecision.Float32,
            CublasComputeType.Compute32fFast16bf => architecture >= 80 ? InputPrecision.BFloat16 : InputPrecision.Float32,
            CublasComputeType.Compute32fFastTf32 => tf32 ? InputPrecision.Tf32 : InputPrecision.Float32,
            CublasComputeType.Compute32f =>
                tf32 && (basis == CublasMath.Tf32TensorOpMath || tf32Override == true) ? InputPrecision.Tf32 : InputPrecision.Float32,
            _ => InputPrecision.Float32,
        };
    }
}
