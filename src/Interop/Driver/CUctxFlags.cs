namespace AlexNetCuda.Interop.Driver;

/// <summary>How a thread waits for the device.</summary>
[Flags]
[NativeEnum("CUctx_flags_enum", "CU_CTX_")]
public enum CUctxFlags
{
    /// <summary><c>CU_CTX_SCHED_AUTO</c>.</summary>
    SchedAuto = 0,

    /// <summary><c>CU_CTX_SCHED_SPIN</c>.</summary>
    SchedSpin = 1,

    /// <summary><c>CU_CTX_SCHED_YIELD</c>.</summary>
    SchedYield = 2,

    /// <summary><c>CU_CTX_SCHED_BLOCKING_SYNC</c>.</summary>
    SchedBlockingSync = 4,
}
