namespace AlexNetCuda.Interop.Driver;

/// <summary>How a stream behaves.</summary>
[Flags]
[NativeEnum("CUstream_flags_enum", "CU_STREAM_")]
public enum CUstreamFlags
{
    /// <summary><c>CU_STREAM_DEFAULT</c>.</summary>
    Default = 0,

    /// <summary><c>CU_STREAM_NON_BLOCKING</c>.</summary>
    NonBlocking = 1,
}
