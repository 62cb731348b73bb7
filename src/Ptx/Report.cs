namespace AlexNetCuda.Ptx;

/// <summary>A finding of a checker: what happened, and where.</summary>
public sealed record Report
{
    /// <summary>What it is about.</summary>
    public required ReportKind Kind { get; init; }

    /// <summary>The kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>What happened, in words.</summary>
    public required string Detail { get; init; }

    /// <summary>The instruction, as written in the PTX; empty for a launch that was refused.</summary>
    public string Instruction { get; init; } = "";

    /// <summary>The line of the PTX text, from 1; 0 for a launch that was refused.</summary>
    public int PtxLine { get; init; }

    /// <summary>The .cu file, when the PTX has line information (-lineinfo).</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line of the .cu file, from 1; 0 without line information.</summary>
    public int SourceLine { get; init; }

    /// <summary>The block's index in the grid.</summary>
    public Extent3 Block { get; init; }

    /// <summary>The thread's index in its block.</summary>
    public Extent3 Thread { get; init; }

    /// <summary>The address accessed: a device address, or an offset in shared or local memory.</summary>
    public ulong Address { get; init; }

    /// <summary>The allocation concerned: the one accessed, or the nearest one below.</summary>
    public string? Allocation { get; init; }

    /// <summary>How many times the same instruction gave the same kind of report in this launch.</summary>
    public int Count { get; internal set; } = 1;

    /// <summary>All of it on one line.</summary>
    public override string ToString()
    {
        string text = $"{Kind}: {Detail}; kernel {Kernel}";
        if (PtxLine > 0) text += $", PTX line {PtxLine} ({Instruction})";
        if (SourceLine > 0) text += $", {SourceFile ?? "source"}:{SourceLine}";
        if (PtxLine > 0) text += $", block {Block}, thread {Thread}";
        if (Allocation is not null) text += $", {Allocation}";
        return Count > 1 ? $"{text}; {Count} times" : text;
    }
}

/// <summary>A launch that could not go on: a fault that no checker took, a trap, a deadlock, or the instruction budget.</summary>
public sealed class PtxExecutionException : Exception
{
    internal PtxExecutionException(Report report, IReadOnlyList<Report> earlier)
        : base(report.ToString())
    {
        Report = report;
        Earlier = earlier;
    }

    /// <summary>Why the launch ended.</summary>
    public Report Report { get; }

    /// <summary>What the checkers had found before.</summary>
    public IReadOnlyList<Report> Earlier { get; internal set; }
}
