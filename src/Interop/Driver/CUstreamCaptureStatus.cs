namespace AlexNetCuda.Interop.Driver;

/// <summary>Whether a stream is being captured.</summary>
[NativeEnum("CUstreamCaptureStatus_enum", "CU_STREAM_CAPTURE_STATUS_")]
public enum CUstreamCaptureStatus
{
    /// <summary><c>CU_STREAM_CAPTURE_STATUS_NONE</c>.</summary>
    None = 0,

    /// <summary><c>CU_STREAM_CAPTURE_STATUS_ACTIVE</c>.</summary>
    Active = 1,

    /// <summary><c>CU_STREAM_CAPTURE_STATUS_INVALIDATED</c>.</summary>
    Invalidated = 2,
}
