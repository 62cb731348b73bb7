namespace AlexNetCuda.Simulator;

/// <summary>What a report is about.</summary>
public enum SimulatorReportKind
{
    /// <summary>Two accesses to the same memory, one of them writing, that nothing orders.</summary>
    Hazard,

    /// <summary>A finding of a checker of the PTX machine.</summary>
    Checker,

    /// <summary>Work that failed on the device: the sticky error that surfaced later.</summary>
    Fault,

    /// <summary>A misuse that the real libraries would not notice or not report.</summary>
    Misuse,
}

/// <summary>Something that the simulator noticed.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">It in words, with the functions, streams and memory concerned.</param>
/// <param name="Finding">The PTX machine's report, if it is one.</param>
public sealed record SimulatorReport(SimulatorReportKind Kind, string Text, Ptx.Report? Finding = null)
{
    /// <summary>All of it on one line.</summary>
    public override string ToString() => $"{Kind}: {Text}";
}
