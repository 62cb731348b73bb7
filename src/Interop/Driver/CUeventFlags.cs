namespace AlexNetCuda.Interop.Driver;

/// <summary>How an event behaves.</summary>
[Flags]
[NativeEnum("CUevent_flags_enum", "CU_EVENT_")]
public enum CUeventFlags
{
    /// <summary><c>CU_EVENT_DEFAULT</c>.</summary>
    Default = 0,

    /// <summary><c>CU_EVENT_BLOCKING_SYNC</c>.</summary>
    BlockingSync = 1,

    /// <summary><c>CU_EVENT_DISABLE_TIMING</c>.</summary>
    DisableTiming = 2,

    /// <summary><c>CU_EVENT_INTERPROCESS</c>.</summary>
    Interprocess = 4,
}
