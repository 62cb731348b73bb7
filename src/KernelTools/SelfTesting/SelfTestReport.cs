namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>What came of a check.</summary>
public enum CheckOutcome
{
    /// <summary>The error is within what is allowed.</summary>
    Passed,

    /// <summary>It is not, or an exception ended the check.</summary>
    Failed,

    /// <summary>The library does not offer what was to be checked, and the engine does without.</summary>
    NotOffered,

    /// <summary>The device was lost before.</summary>
    NotRun,
}

/// <summary>The result of a check.</summary>
/// <param name="Group">The group it belongs to.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Against">What it was compared with.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Error">The error, as docs/selftest.md defines it; null where none was found out.</param>
/// <param name="Allowed">The largest error that passes; 0: the bits.</param>
/// <param name="Detail">The algorithm, where the error is, or the message of what failed.</param>
public sealed record CheckResult(string Group, string Name, string Against, CheckOutcome Outcome, double? Error, double? Allowed, string Detail);

/// <summary>The checks of a group.</summary>
/// <param name="Name">The group.</param>
/// <param name="Results">The results, in the order of the checks.</param>
/// <param name="Seconds">The time they took.</param>
public sealed record GroupResult(string Name, IReadOnlyList<CheckResult> Results, double Seconds)
{
    /// <summary>How many results there are of an outcome.</summary>
    public int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);
}

/// <summary>What a self-test found.</summary>
/// <param name="Device">The GPU.</param>
/// <param name="Precisions">What it was checked in.</param>
/// <param name="Groups">The groups, in order; those of which nothing was to run are left out.</param>
/// <param name="Notes">What was not checked, and why.</param>
/// <param name="Seconds">The time all of it took.</param>
public sealed record SelfTestReport(
    string Device, IReadOnlyList<string> Precisions, IReadOnlyList<GroupResult> Groups, IReadOnlyList<string> Notes, double Seconds)
{
    /// <summary>Whether every check ran and passed, but for what the libraries do not offer.</summary>
    public bool Passed => Count(CheckOutcome.Failed) + Count(CheckOutcome.NotRun) == 0;

    /// <summary>How many results there are of an outcome.</summary>
    public int Count(CheckOutcome outcome) => Groups.Sum(group => group.Count(outcome));
}
