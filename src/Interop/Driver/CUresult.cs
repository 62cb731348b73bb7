namespace AlexNetCuda.Interop.Driver;

/// <summary>What a call of the driver API gave.</summary>
[NativeEnum("cudaError_enum", "CUDA_")]
public enum CUresult
{
    /// <summary><c>CUDA_SUCCESS</c>.</summary>
    Success = 0,

    /// <summary><c>CUDA_ERROR_INVALID_VALUE</c>.</summary>
    ErrorInvalidValue = 1,

    /// <summary><c>CUDA_ERROR_OUT_OF_MEMORY</c>.</summary>
    ErrorOutOfMemory = 2,

    /// <summary><c>CUDA_ERROR_NOT_INITIALIZED</c>.</summary>
    ErrorNotInitialized = 3,

    /// <summary><c>CUDA_ERROR_DEINITIALIZED</c>.</summary>
    ErrorDeinitialized = 4,

    /// <summary><c>CUDA_ERROR_PROFILER_DISABLED</c>.</summary>
    ErrorProfilerDisabled = 5,

    /// <summary><c>CUDA_ERROR_PROFILER_NOT_INITIALIZED</c>.</summary>
    ErrorProfilerNotInitialized = 6,

    /// <summary><c>CUDA_ERROR_PROFILER_ALREADY_STARTED</c>.</summary>
    ErrorProfilerAlreadyStarted = 7,

    /// <summary><c>CUDA_ERROR_PROFILER_ALREADY_STOPPED</c>.</summary>
    ErrorProfilerAlreadyStopped = 8,

    /// <summary><c>CUDA_ERROR_STUB_LIBRARY</c>.</summary>
    ErrorStubLibrary = 34,

    /// <summary><c>CUDA_ERROR_NO_DEVICE</c>.</summary>
    ErrorNoDevice = 100,

    /// <summary><c>CUDA_ERROR_INVALID_DEVICE</c>.</summary>
    ErrorInvalidDevice = 101,

    /// <summary><c>CUDA_ERROR_DEVICE_NOT_LICENSED</c>.</summary>
    ErrorDeviceNotLicensed = 102,

    /// <summary><c>CUDA_ERROR_INVALID_IMAGE</c>.</summary>
    ErrorInvalidImage = 200,

    /// <summary><c>CUDA_ERROR_INVALID_CONTEXT</c>.</summary>
    ErrorInvalidContext = 201,

    /// <summary><c>CUDA_ERROR_CONTEXT_ALREADY_CURRENT</c>.</summary>
    ErrorContextAlreadyCurrent = 202,

    /// <summary><c>CUDA_ERROR_MAP_FAILED</c>.</summary>
    ErrorMapFailed = 205,

    /// <summary><c>CUDA_ERROR_UNMAP_FAILED</c>.</summary>
    ErrorUnmapFailed = 206,

    /// <summary><c>CUDA_ERROR_ARRAY_IS_MAPPED</c>.</summary>
    ErrorArrayIsMapped = 207,

    /// <summary><c>CUDA_ERROR_ALREADY_MAPPED</c>.</summary>
    ErrorAlreadyMapped = 208,

    /// <summary><c>CUDA_ERROR_NO_BINARY_FOR_GPU</c>.</summary>
    ErrorNoBinaryForGpu = 209,

    /// <summary><c>CUDA_ERROR_ALREADY_ACQUIRED</c>.</summary>
    ErrorAlreadyAcquired = 210,

    /// <summary><c>CUDA_ERROR_NOT_MAPPED</c>.</summary>
    ErrorNotMapped = 211,

    /// <summary><c>CUDA_ERROR_NOT_MAPPED_AS_ARRAY</c>.</summary>
    ErrorNotMappedAsArray = 212,

    /// <summary><c>CUDA_ERROR_NOT_MAPPED_AS_POINTER</c>.</summary>
    ErrorNotMappedAsPointer = 213,

    /// <summary><c>CUDA_ERROR_ECC_UNCORRECTABLE</c>.</summary>
    ErrorEccUncorrectable = 214,

    /// <summary><c>CUDA_ERROR_UNSUPPORTED_LIMIT</c>.</summary>
    ErrorUnsupportedLimit = 215,

    /// <summary><c>CUDA_ERROR_CONTEXT_ALREADY_IN_USE</c>.</summary>
    ErrorContextAlreadyInUse = 216,

    /// <summary><c>CUDA_ERROR_PEER_ACCESS_UNSUPPORTED</c>.</summary>
    ErrorPeerAccessUnsupported = 217,

    /// <summary><c>CUDA_ERROR_INVALID_PTX</c>.</summary>
    ErrorInvalidPtx = 218,

    /// <summary><c>CUDA_ERROR_INVALID_GRAPHICS_CONTEXT</c>.</summary>
    ErrorInvalidGraphicsContext = 219,

    /// <summary><c>CUDA_ERROR_NVLINK_UNCORRECTABLE</c>.</summary>
    ErrorNvlinkUncorrectable = 220,

    /// <summary><c>CUDA_ERROR_JIT_COMPILER_NOT_FOUND</c>.</summary>
    ErrorJitCompilerNotFound = 221,

    /// <summary><c>CUDA_ERROR_UNSUPPORTED_PTX_VERSION</c>.</summary>
    ErrorUnsupportedPtxVersion = 222,

    /// <summary><c>CUDA_ERROR_JIT_COMPILATION_DISABLED</c>.</summary>
    ErrorJitCompilationDisabled = 223,

    /// <summary><c>CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY</c>.</summary>
    ErrorUnsupportedExecAffinity = 224,

    /// <summary><c>CUDA_ERROR_INVALID_SOURCE</c>.</summary>
    ErrorInvalidSource = 300,

    /// <summary><c>CUDA_ERROR_FILE_NOT_FOUND</c>.</summary>
    ErrorFileNotFound = 301,

    /// <summary><c>CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND</c>.</summary>
    ErrorSharedObjectSymbolNotFound = 302,

    /// <summary><c>CUDA_ERROR_SHARED_OBJECT_INIT_FAILED</c>.</summary>
    ErrorSharedObjectInitFailed = 303,

    /// <summary><c>CUDA_ERROR_OPERATING_SYSTEM</c>.</summary>
    ErrorOperatingSystem = 304,

    /// <summary><c>CUDA_ERROR_INVALID_HANDLE</c>.</summary>
    ErrorInvalidHandle = 400,

    /// <summary><c>CUDA_ERROR_ILLEGAL_STATE</c>.</summary>
    ErrorIllegalState = 401,

    /// <summary><c>CUDA_ERROR_NOT_FOUND</c>.</summary>
    ErrorNotFound = 500,

    /// <summary><c>CUDA_ERROR_NOT_READY</c>.</summary>
    ErrorNotReady = 600,

    /// <summary><c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</summary>
    ErrorIllegalAddress = 700,

    /// <summary><c>CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES</c>.</summary>
    ErrorLaunchOutOfResources = 701,

    /// <summary><c>CUDA_ERROR_LAUNCH_TIMEOUT</c>.</summary>
    ErrorLaunchTimeout = 702,

    /// <summary><c>CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING</c>.</summary>
    ErrorLaunchIncompatibleTexturing = 703,

    /// <summary><c>CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED</c>.</summary>
    ErrorPeerAccessAlreadyEnabled = 704,

    /// <summary><c>CUDA_ERROR_PEER_ACCESS_NOT_ENABLED</c>.</summary>
    ErrorPeerAccessNotEnabled = 705,

    /// <summary><c>CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE</c>.</summary>
    ErrorPrimaryContextActive = 708,

    /// <summary><c>CUDA_ERROR_CONTEXT_IS_DESTROYED</c>.</summary>
    ErrorContextIsDestroyed = 709,

    /// <summary><c>CUDA_ERROR_ASSERT</c>.</summary>
    ErrorAssert = 710,

    /// <summary><c>CUDA_ERROR_TOO_MANY_PEERS</c>.</summary>
    ErrorTooManyPeers = 711,

    /// <summary><c>CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED</c>.</summary>
    ErrorHostMemoryAlreadyRegistered = 712,

    /// <summary><c>CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED</c>.</summary>
    ErrorHostMemoryNotRegistered = 713,

    /// <summary><c>CUDA_ERROR_HARDWARE_STACK_ERROR</c>.</summary>
    ErrorHardwareStackError = 714,

    /// <summary><c>CUDA_ERROR_ILLEGAL_INSTRUCTION</c>.</summary>
    ErrorIllegalInstruction = 715,

    /// <summary><c>CUDA_ERROR_MISALIGNED_ADDRESS</c>.</summary>
    ErrorMisalignedAddress = 716,

    /// <summary><c>CUDA_ERROR_INVALID_ADDRESS_SPACE</c>.</summary>
    ErrorInvalidAddressSpace = 717,

    /// <summary><c>CUDA_ERROR_INVALID_PC</c>.</summary>
    ErrorInvalidPc = 718,

    /// <summary><c>CUDA_ERROR_LAUNCH_FAILED</c>.</summary>
    ErrorLaunchFailed = 719,

    /// <summary><c>CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE</c>.</summary>
    ErrorCooperativeLaunchTooLarge = 720,

    /// <summary><c>CUDA_ERROR_NOT_PERMITTED</c>.</summary>
    ErrorNotPermitted = 800,

    /// <summary><c>CUDA_ERROR_NOT_SUPPORTED</c>.</summary>
    ErrorNotSupported = 801,

    /// <summary><c>CUDA_ERROR_SYSTEM_NOT_READY</c>.</summary>
    ErrorSystemNotReady = 802,

    /// <summary><c>CUDA_ERROR_SYSTEM_DRIVER_MISMATCH</c>.</summary>
    ErrorSystemDriverMismatch = 803,

    /// <summary><c>CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE</c>.</summary>
    ErrorCompatNotSupportedOnDevice = 804,

    /// <summary><c>CUDA_ERROR_MPS_CONNECTION_FAILED</c>.</summary>
    ErrorMpsConnectionFailed = 805,

    /// <summary><c>CUDA_ERROR_MPS_RPC_FAILURE</c>.</summary>
    ErrorMpsRpcFailure = 806,

    /// <summary><c>CUDA_ERROR_MPS_SERVER_NOT_READY</c>.</summary>
    ErrorMpsServerNotReady = 807,

    /// <summary><c>CUDA_ERROR_MPS_MAX_CLIENTS_REACHED</c>.</summary>
    ErrorMpsMaxClientsReached = 808,

    /// <summary><c>CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED</c>.</summary>
    ErrorMpsMaxConnectionsReached = 809,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED</c>.</summary>
    ErrorStreamCaptureUnsupported = 900,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_INVALIDATED</c>.</summary>
    ErrorStreamCaptureInvalidated = 901,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_MERGE</c>.</summary>
    ErrorStreamCaptureMerge = 902,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_UNMATCHED</c>.</summary>
    ErrorStreamCaptureUnmatched = 903,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_UNJOINED</c>.</summary>
    ErrorStreamCaptureUnjoined = 904,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_ISOLATION</c>.</summary>
    ErrorStreamCaptureIsolation = 905,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_IMPLICIT</c>.</summary>
    ErrorStreamCaptureImplicit = 906,

    /// <summary><c>CUDA_ERROR_CAPTURED_EVENT</c>.</summary>
    ErrorCapturedEvent = 907,

    /// <summary><c>CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD</c>.</summary>
    ErrorStreamCaptureWrongThread = 908,

    /// <summary><c>CUDA_ERROR_TIMEOUT</c>.</summary>
    ErrorTimeout = 909,

    /// <summary><c>CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE</c>.</summary>
    ErrorGraphExecUpdateFailure = 910,

    /// <summary><c>CUDA_ERROR_EXTERNAL_DEVICE</c>.</summary>
    ErrorExternalDevice = 911,

    /// <summary><c>CUDA_ERROR_UNKNOWN</c>.</summary>
    ErrorUnknown = 999,

    /// <summary><c>CUDA_ERROR_DEVICE_UNAVAILABLE</c>.</summary>
    ErrorDeviceUnavailable = 46,

    /// <summary><c>CUDA_ERROR_MPS_CLIENT_TERMINATED</c>.</summary>
    ErrorMpsClientTerminated = 810,

    /// <summary><c>CUDA_ERROR_INVALID_CLUSTER_SIZE</c>.</summary>
    ErrorInvalidClusterSize = 912,

    /// <summary><c>CUDA_ERROR_CDP_NOT_SUPPORTED</c>.</summary>
    ErrorCdpNotSupported = 811,

    /// <summary><c>CUDA_ERROR_CDP_VERSION_MISMATCH</c>.</summary>
    ErrorCdpVersionMismatch = 812,

    /// <summary><c>CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC</c>.</summary>
    ErrorUnsupportedDevsideSync = 225,

    /// <summary><c>CUDA_ERROR_LOSSY_QUERY</c>.</summary>
    ErrorLossyQuery = 402,

    /// <summary><c>CUDA_ERROR_FUNCTION_NOT_LOADED</c>.</summary>
    ErrorFunctionNotLoaded = 913,

    /// <summary><c>CUDA_ERROR_INVALID_RESOURCE_TYPE</c>.</summary>
    ErrorInvalidResourceType = 914,

    /// <summary><c>CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION</c>.</summary>
    ErrorInvalidResourceConfiguration = 915,

    /// <summary><c>CUDA_ERROR_CONTAINED</c>.</summary>
    ErrorContained = 226,

    /// <summary><c>CUDA_ERROR_TENSOR_MEMORY_LEAK</c>.</summary>
    ErrorTensorMemoryLeak = 721,

    /// <summary><c>CUDA_ERROR_KEY_ROTATION</c>.</summary>
    ErrorKeyRotation = 916,

    /// <summary><c>CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER</c>.</summary>
    ErrorCallRequiresNewerDriver = 36,
}
