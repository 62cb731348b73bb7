namespace AlexNetCuda.Interop.Driver;

/// <summary>An option of the compiler in the driver.</summary>
[NativeEnum("CUjit_option_enum", "CU_JIT_")]
public enum CUjitOption
{
    /// <summary><c>CU_JIT_INFO_LOG_BUFFER</c>.</summary>
    InfoLogBuffer = 3,

    /// <summary><c>CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES</c>.</summary>
    InfoLogBufferSizeBytes = 4,

    /// <summary><c>CU_JIT_ERROR_LOG_BUFFER</c>.</summary>
    ErrorLogBuffer = 5,

    /// <summary><c>CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES</c>.</summary>
    ErrorLogBufferSizeBytes = 6,

    /// <summary><c>CU_JIT_LOG_VERBOSE</c>.</summary>
    LogVerbose = 12,

    /// <summary><c>CU_JIT_GENERATE_LINE_INFO</c>.</summary>
    GenerateLineInfo = 13,
}
