namespace AlexNetCuda.Interop.Blas;

/// <summary>A wish for the search of an algorithm.</summary>
[NativeEnum("cublasLtMatmulPreferenceAttributes_t", "CUBLASLT_MATMUL_PREF_")]
public enum CublasLtMatmulPreferenceAttribute
{
    /// <summary><c>CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES</c>.</summary>
    MaxWorkspaceBytes = 1,

    /// <summary><c>CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK</c>.</summary>
    ReductionSchemeMask = 3,

    /// <summary><c>CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES</c>.</summary>
    MinAlignmentABytes = 5,

    /// <summary><c>CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES</c>.</summary>
    MinAlignmentBBytes = 6,

    /// <summary><c>CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES</c>.</summary>
    MinAlignmentCBytes = 7,

    /// <summary><c>CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES</c>.</summary>
    MinAlignmentDBytes = 8,
}
