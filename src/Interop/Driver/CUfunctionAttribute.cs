namespace AlexNetCuda.Interop.Driver;

/// <summary>A number about a kernel.</summary>
[NativeEnum("CUfunction_attribute_enum", "CU_FUNC_ATTRIBUTE_")]
public enum CUfunctionAttribute
{
    /// <summary><c>CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK</c>.</summary>
    MaxThreadsPerBlock = 0,

    /// <summary><c>CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES</c>.</summary>
    SharedSizeBytes = 1,

    /// <summary><c>CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES</c>.</summary>
    ConstSizeBytes = 2,

    /// <summary><c>CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES</c>.</summary>
    LocalSizeBytes = 3,

    /// <summary><c>CU_FUNC_ATTRIBUTE_NUM_REGS</c>.</summary>
    NumRegs = 4,

    /// <summary><c>CU_FUNC_ATTRIBUTE_PTX_VERSION</c>.</summary>
    PtxVersion = 5,

    /// <summary><c>CU_FUNC_ATTRIBUTE_BINARY_VERSION</c>.</summary>
    BinaryVersion = 6,

    /// <summary><c>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES</c>.</summary>
    MaxDynamicSharedSizeBytes = 8,
}
