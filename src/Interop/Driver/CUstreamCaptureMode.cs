namespace AlexNetCuda.Interop.Driver;

/// <summary>Which calls of which threads spoil a capture.</summary>
[NativeEnum("CUstreamCaptureMode_enum", "CU_STREAM_CAPTURE_MODE_")]
public enum CUstreamCaptureMode
{
    /// <summary><c>CU_STREAM_CAPTURE_MODE_GLOBAL</c>.</summary>
    Global = 0,

    /// <summary><c>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL</c>.</summary>
    ThreadLocal = 1,

    /// <summary><c>CU_STREAM_CAPTURE_MODE_RELAXED</c>.</summary>
    Relaxed = 2,
}
