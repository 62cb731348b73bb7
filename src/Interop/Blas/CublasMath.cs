namespace AlexNetCuda.Interop.Blas;

/// <summary>Which precisions cuBLAS may take.</summary>
[NativeEnum("cublasMath_t", "CUBLAS_")]
public enum CublasMath
{
    /// <summary><c>CUBLAS_DEFAULT_MATH</c>.</summary>
    DefaultMath = 0,

    /// <summary><c>CUBLAS_PEDANTIC_MATH</c>.</summary>
    PedanticMath = 2,

    /// <summary><c>CUBLAS_TF32_TENSOR_OP_MATH</c>.</summary>
    Tf32TensorOpMath = 3,

    /// <summary><c>CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION</c>.</summary>
    MathDisallowReducedPrecisionReduction = 16,
}
