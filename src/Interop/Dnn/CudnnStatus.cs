namespace AlexNetCuda.Interop.Dnn;

/// <summary>What a call of cuDNN gave, in the numbers of cuDNN 9.</summary>
[NativeEnum("cudnnStatus_t", "CUDNN_STATUS_")]
public enum CudnnStatus
{
    /// <summary><c>CUDNN_STATUS_SUCCESS</c>.</summary>
    Success = 0,

    /// <summary><c>CUDNN_STATUS_NOT_INITIALIZED</c>.</summary>
    NotInitialized = 1001,

    /// <summary><c>CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH</c>.</summary>
    SublibraryVersionMismatch = 1002,

    /// <summary><c>CUDNN_STATUS_SERIALIZATION_VERSION_MISMATCH</c>.</summary>
    SerializationVersionMismatch = 1003,

    /// <summary><c>CUDNN_STATUS_DEPRECATED</c>.</summary>
    Deprecated = 1004,

    /// <summary><c>CUDNN_STATUS_LICENSE_ERROR</c>.</summary>
    LicenseError = 1005,

    /// <summary><c>CUDNN_STATUS_RUNTIME_IN_PROGRESS</c>.</summary>
    RuntimeInProgress = 1006,

    /// <summary><c>CUDNN_STATUS_RUNTIME_FP_OVERFLOW</c>.</summary>
    RuntimeFpOverflow = 1007,

    /// <summary><c>CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED</c>.</summary>
    SublibraryLoadingFailed = 1008,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM</c>.</summary>
    BadParam = 2000,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_NULL_POINTER</c>.</summary>
    BadParamNullPointer = 2002,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER</c>.</summary>
    BadParamMisalignedPointer = 2003,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED</c>.</summary>
    BadParamNotFinalized = 2004,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_OUT_OF_BOUND</c>.</summary>
    BadParamOutOfBound = 2005,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT</c>.</summary>
    BadParamSizeInsufficient = 2006,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH</c>.</summary>
    BadParamStreamMismatch = 2007,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH</c>.</summary>
    BadParamShapeMismatch = 2008,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES</c>.</summary>
    BadParamDuplicatedEntries = 2009,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE</c>.</summary>
    BadParamAttributeType = 2010,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_CUDA_GRAPH_MISMATCH</c>.</summary>
    BadParamCudaGraphMismatch = 2011,

    /// <summary><c>CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE</c>.</summary>
    BadParamDescriptorType = 2012,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED</c>.</summary>
    NotSupported = 3000,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN</c>.</summary>
    NotSupportedGraphPattern = 3001,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_SHAPE</c>.</summary>
    NotSupportedShape = 3002,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE</c>.</summary>
    NotSupportedDataType = 3003,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_LAYOUT</c>.</summary>
    NotSupportedLayout = 3004,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER</c>.</summary>
    NotSupportedIncompatibleCudaDriver = 3005,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDART</c>.</summary>
    NotSupportedIncompatibleCudart = 3006,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH</c>.</summary>
    NotSupportedArchMismatch = 3007,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_RUNTIME_PREREQUISITE_MISSING</c>.</summary>
    NotSupportedRuntimePrerequisiteMissing = 3008,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE</c>.</summary>
    NotSupportedSublibraryUnavailable = 3009,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_SHARED_MEMORY_INSUFFICIENT</c>.</summary>
    NotSupportedSharedMemoryInsufficient = 3010,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_PADDING</c>.</summary>
    NotSupportedPadding = 3011,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_BAD_LAUNCH_PARAM</c>.</summary>
    NotSupportedBadLaunchParam = 3012,

    /// <summary><c>CUDNN_STATUS_NOT_SUPPORTED_CUDA_GRAPH_NATIVE_API</c>.</summary>
    NotSupportedCudaGraphNativeApi = 3013,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR</c>.</summary>
    InternalError = 4000,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED</c>.</summary>
    InternalErrorCompilationFailed = 4001,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_UNEXPECTED_VALUE</c>.</summary>
    InternalErrorUnexpectedValue = 4002,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED</c>.</summary>
    InternalErrorHostAllocationFailed = 4003,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED</c>.</summary>
    InternalErrorDeviceAllocationFailed = 4004,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_BAD_LAUNCH_PARAM</c>.</summary>
    InternalErrorBadLaunchParam = 4005,

    /// <summary><c>CUDNN_STATUS_INTERNAL_ERROR_TEXTURE_CREATION_FAILED</c>.</summary>
    InternalErrorTextureCreationFailed = 4006,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED</c>.</summary>
    ExecutionFailed = 5000,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER</c>.</summary>
    ExecutionFailedCudaDriver = 5001,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED_CUBLAS</c>.</summary>
    ExecutionFailedCublas = 5002,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED_CUDART</c>.</summary>
    ExecutionFailedCudart = 5003,

    /// <summary><c>CUDNN_STATUS_EXECUTION_FAILED_CURAND</c>.</summary>
    ExecutionFailedCurand = 5004,

    /// <summary><c>CUDNN_STATUS_INVALID_VALUE</c>.</summary>
    InvalidValue = 2001,
}
