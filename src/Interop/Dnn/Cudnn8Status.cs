namespace AlexNetCuda.Interop.Dnn;

/// <summary>What a call of cuDNN 8 gives: other numbers than cuDNN 9.</summary>
[NativeEnum("cudnnStatus_t (cuDNN 8)", "CUDNN_STATUS_")]
public enum Cudnn8Status
{
    /// <summary><c>CUDNN_STATUS_SUCCESS</c>.</summary>
    Success = 0,

    /// <summary><c>CUDNN_STATUS_NOT_INITIALIZED</c>.</summary>
    NotInitialized = 1,

    /// <summary><c>CUDNN_STATUS_ALLOC_FAILED</c>.</summary>
    AllocFailed = 2,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM</c>.</summary>
    BadParam = 3,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR</c>.</summary>
    InternalError = 4,

    /// <summary><c>CUDNN_STATUS_INVALID_VALUE</c>.</summary>
    InvalidValue = 5,

    /// <summary><c>CUDNN_STATUS_ARCH_MISMATCH</c>.</summary>
    ArchMismatch = 6,

    /// <summary><c>CUDNN_STATUS_MAPPING_ERROR</c>.</summary>
    MappingError = 7,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED</c>.</summary>
    ExecutionFailed = 8,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED</c>.</summary>
    NotSupported = 9,

    /// <summary><c>CUDNN_STATUS_LICENSE_ERROR</c>.</summary>
    LicenseError = 10,

    /// <summary><c>CUDNN_STATUS_RUNTIME_PREREQUISITE_MISSING</c>.</summary>
    RuntimePrerequisiteMissing = 11,

    /// <summary><c>CUDNN_STATUS_RUNTIME_IN_PROGRESS</c>.</summary>
    RuntimeInProgress = 12,

    /// <summary><c>CUDNN_STATUS_RUNTIME_FP_OVERFLOW</c>.</summary>
    RuntimeFpOverflow = 13,

    /// <summary><c>CUDNN_STATUS_VERSION_MISMATCH</c>.</summary>
    VersionMismatch = 14,
}
