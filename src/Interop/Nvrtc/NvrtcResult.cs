namespace AlexNetCuda.Interop.Nvrtc;

/// <summary>The status that every NVRTC function returns (<c>nvrtcResult</c> of nvrtc.h).</summary>
[NativeEnum("nvrtcResult", "NVRTC_")]
public enum NvrtcResult
{
    /// <summary>NVRTC_SUCCESS.</summary>
    Success = 0,

    /// <summary>NVRTC_ERROR_OUT_OF_MEMORY.</summary>
    ErrorOutOfMemory = 1,

    /// <summary>NVRTC_ERROR_PROGRAM_CREATION_FAILURE.</summary>
    ErrorProgramCreationFailure = 2,

    /// <summary>NVRTC_ERROR_INVALID_INPUT.</summary>
    ErrorInvalidInput = 3,

    /// <summary>NVRTC_ERROR_INVALID_PROGRAM.</summary>
    ErrorInvalidProgram = 4,

    /// <summary>NVRTC_ERROR_INVALID_OPTION.</summary>
    ErrorInvalidOption = 5,

    /// <summary>NVRTC_ERROR_COMPILATION: the program's log says what is wrong with the source.</summary>
    ErrorCompilation = 6,

    /// <summary>NVRTC_ERROR_BUILTIN_OPERATION_FAILURE: as a rule, libnvrtc-builtins was not found.</summary>
    ErrorBuiltinOperationFailure = 7,

    /// <summary>NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION.</summary>
    ErrorNoNameExpressionsAfterCompilation = 8,

    /// <summary>NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION.</summary>
    ErrorNoLoweredNamesBeforeCompilation = 9,

    /// <summary>NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID.</summary>
    ErrorNameExpressionNotValid = 10,

    /// <summary>NVRTC_ERROR_INTERNAL_ERROR.</summary>
    ErrorInternalError = 11,

    /// <summary>NVRTC_ERROR_TIME_FILE_WRITE_FAILED.</summary>
    ErrorTimeFileWriteFailed = 12,

    /// <summary>NVRTC_ERROR_NO_PCH_CREATE_ATTEMPTED.</summary>
    ErrorNoPchCreateAttempted = 13,

    /// <summary>NVRTC_ERROR_PCH_CREATE_HEAP_EXHAUSTED.</summary>
    ErrorPchCreateHeapExhausted = 14,

    /// <summary>NVRTC_ERROR_PCH_CREATE.</summary>
    ErrorPchCreate = 15,

    /// <summary>NVRTC_ERROR_CANCELLED.</summary>
    ErrorCancelled = 16,

    /// <summary>NVRTC_ERROR_TIME_TRACE_FILE_WRITE_FAILED.</summary>
    ErrorTimeTraceFileWriteFailed = 17,
}
