namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>What a check found out; it may find out several things, as one for each algorithm.</summary>
/// <param name="Error">The error.</param>
/// <param name="Allowed">The largest that passes.</param>
/// <param name="Detail">More of it, in words.</param>
/// <param name="Outcome">Set where it is not a matter of the error.</param>
internal sealed record Finding(double Error, double Allowed, string Detail = "", CheckOutcome? Outcome = null)
{
    /// <summary>The library does without.</summary>
    internal static Finding NotOffered(string detail) => new(0, 0, detail, CheckOutcome.NotOffered);

    /// <summary>It failed before there was an error to speak of.</summary>
    internal static Finding Failed(string detail) => new(double.PositiveInfinity, 0, detail, CheckOutcome.Failed);
}

/// <summary>One thing to check.</summary>
/// <param name="Name">What.</param>
/// <param name="Against">What it is compared with.</param>
/// <param name="Run">Does it; the group is open.</param>
internal sealed record Check(string Name, string Against, Func<IEnumerable<Finding>> Run);

/// <summary>
/// Checks that share what they run on, which is opened before the first of them and closed behind the last. A group whose device is lost is closed, and the
/// next one opens anew.
/// </summary>
internal abstract class CheckGroup : IDisposable
{
    /// <summary>Its name in the report.</summary>
    internal abstract string Name { get; }

    /// <summary>The checks; naming them needs no device.</summary>
    internal abstract IReadOnlyList<Check> Checks { get; }

    /// <summary>Opens the device.</summary>
    internal abstract void Open();

    /// <summary>Closes what is open.</summary>
    public abstract void Dispose();
}
