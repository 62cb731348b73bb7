namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>How much a finding matters.</summary>
public enum CudaSeverity
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>Worth knowing; the CUDA device works all the same.</summary>
    Note,

    /// <summary>The CUDA device can't work like this.</summary>
    Problem,
}

/// <summary>Something that was found out about a machine.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">What it is about, for programs: stays the same from version to version, as "driver-missing".</param>
/// <param name="Text">It in a sentence.</param>
/// <param name="Remedy">What to do about it, or null.</param>
/// <param name="Device">The ordinal of the device it is about, or null: it is about all.</param>
public sealed record CudaFinding(CudaSeverity Severity, string Code, string Text, string? Remedy = null, int? Device = null);

/// <summary>What is right and wrong with a machine's CUDA.</summary>
/// <param name="Facts">What was seen.</param>
/// <param name="Findings">What follows from it: problems first, then notes.</param>
/// <param name="Device">The device that the CUDA device can run on (the first without a problem), or null: it can't run.</param>
/// <param name="Reason">Why, in words that can follow a colon.</param>
public sealed record CudaDiagnosis(CudaFacts Facts, IReadOnlyList<CudaFinding> Findings, int? Device, string Reason)
{
    /// <summary>
    /// Whether the CUDA device can run: the driver, a device, cuBLAS and cuDNN all work, and no problem stands against it. It is what
    /// decides, where the device is chosen for the user, between CUDA and the CPU.
    /// </summary>
    public bool IsUsable => Device is not null;
}
