namespace AlexNetCuda.Ptx;

/// <summary>How the lanes of a warp that have parted come together again.</summary>
public enum Convergence
{
    /// <summary>Lock step with reconvergence at post-dominators: sm_6x and older. Lanes that a .sync mask names must be
    /// converged.</summary>
    Converging,

    /// <summary>Every lane on its own: sm_7x and later. .sync instructions wait for the lanes they name.</summary>
    Independent,
}

/// <summary>Where in their stated error bounds the approximate instructions (.approx, .full) lie.</summary>
public enum Approximation
{
    /// <summary>The correctly rounded result.</summary>
    Nearest,

    /// <summary>The smallest result the bound allows.</summary>
    Low,

    /// <summary>The largest result the bound allows.</summary>
    High,

    /// <summary>Low or high, from the operand's bits and <see cref="MachineOptions.Seed"/>.</summary>
    Seeded,
}

/// <summary>How a machine, or one launch, behaves. Same options, same launch: same results.</summary>
public sealed record MachineOptions
{
    /// <summary>The checkers that are on. Those of a launch may differ from those of the machine.</summary>
    public Checks Checks { get; init; }

    /// <summary>Whether <see cref="LaunchResult.Meters"/> counts traffic and conflicts.</summary>
    public bool Metered { get; init; }

    /// <summary>Whether <see cref="LaunchResult.Accesses"/> lists the global memory that a launch reads and writes.</summary>
    public bool RecordsAccesses { get; init; }

    /// <summary>How divided warps converge.</summary>
    public Convergence Convergence { get; init; }

    /// <summary>0: blocks, warps and atomics in their natural order. Else: an order drawn from this number.</summary>
    public int Seed { get; init; }

    /// <summary>Where approximate instructions lie in their bounds.</summary>
    public Approximation Approximation { get; init; }

    /// <summary>The most thread-instructions a launch may execute before it ends with <see cref="ReportKind.BudgetExceeded"/>.</summary>
    public long InstructionBudget { get; init; } = 1L << 40;

    /// <summary>
    /// How many threads of the host run blocks at a time; 0: as many as there are processors. Launches with checkers, meters, a
    /// seed or global atomics run on one, so that their outcome never depends on timing.
    /// </summary>
    public int Workers { get; init; }

    /// <summary>The most bytes of shared memory, static and dynamic, a block may have (<see cref="Checks.Limits"/>); 48 KiB unless a
    /// kernel opts in to more.</summary>
    public int SharedMemoryLimit { get; init; } = 48 * 1024;

    /// <summary>Where a machine's global memory begins; machines that are used together keep apart. Multiple of 512.</summary>
    public ulong FirstAddress { get; init; } = 0x7000_0000_0000;

    /// <summary>The most distinct reports kept of one launch; later ones are only counted.</summary>
    public int MaximumReports { get; init; } = 100;
}
