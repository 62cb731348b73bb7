using System.Text;

namespace AlexNetCuda.Interop;

/// <summary>A file that was found while a library was looked for.</summary>
/// <param name="Path">Where it lies, or its bare name where the system's loader found it and does not say.</param>
/// <param name="Version">Its version, or null where it does not load or does not say.</param>
/// <param name="CudaVersion">The CUDA version it belongs to (a driver: the newest it takes), or null where it does not say.</param>
/// <param name="MissingSymbols">The functions it lacks, those that can be done without too.</param>
/// <param name="Problem">Why it was not taken, or null where it was.</param>
public sealed record LibraryCandidate(string Path, Version? Version, Version? CudaVersion, IReadOnlyList<string> MissingSymbols, string? Problem);

/// <summary>What came of looking for a library.</summary>
/// <param name="Title">The library's name for people, as "cuDNN".</param>
/// <param name="Taken">The file that was taken, or null.</param>
/// <param name="Rejected">Files that were found and not taken, in the order in which they were found.</param>
/// <param name="Names">The file names that were looked for, the preferred one first.</param>
/// <param name="Tried">Every place that was looked in, up to where the library was found.</param>
/// <param name="Advice">How to install what lacks.</param>
public sealed record LibraryReport(
    string Title,
    LibraryCandidate? Taken,
    IReadOnlyList<LibraryCandidate> Rejected,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Tried,
    string Advice)
{
    /// <summary>Whether the library was found and serves.</summary>
    public bool IsUsable => Taken is not null;

    /// <summary>The whole report for people: what was taken; where nothing was, everything that was tried, and what to do.</summary>
    public override string ToString()
    {
        if (Taken is not null)
        {
            return $"{Title} {Taken.Version}: {Taken.Path}";
        }

        var text = new StringBuilder(Title).Append(Rejected.Count == 0 ? " was not found." : " was found, but not one that can be used.");
        foreach (var one in Rejected)
        {
            text.AppendLine().Append("  ").Append(one.Path);
            if (one.Version is not null)
            {
                text.Append(" (").Append(one.Version).Append(')');
            }

            text.Append(' ').Append(one.Problem);
        }

        text.AppendLine().Append("  Looked for ").AppendJoin(", ", Names).Append(" in");
        foreach (var line in Tried)
        {
            text.AppendLine().Append("    ").Append(line);
        }

        return text.AppendLine().Append("  ").Append(Advice).ToString();
    }
}

/// <summary>What came of looking for each library of a CUDA device.</summary>
/// <param name="Driver">The driver.</param>
/// <param name="Blas">cuBLAS.</param>
/// <param name="BlasLt">cublasLt, which can be done without.</param>
/// <param name="Dnn">cuDNN.</param>
/// <param name="Nvrtc">NVRTC, which can be done without.</param>
public sealed record CudaLibrariesReport(LibraryReport Driver, LibraryReport Blas, LibraryReport BlasLt, LibraryReport Dnn, LibraryReport Nvrtc)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<LibraryReport> All => [Driver, Blas, BlasLt, Dnn, Nvrtc];

    /// <summary>Whether what can't be done without is there.</summary>
    public bool IsUsable => Driver.IsUsable && Blas.IsUsable && Dnn.IsUsable;
}

/// <summary>Libraries were not found, or not such that can be used. The message says of each what was tried and what to install.</summary>
public sealed class LibraryLoadException : DllNotFoundException
{
    /// <summary>Makes the exception of reports, of which those count that found nothing to use.</summary>
    /// <param name="reports">What came of looking for each library.</param>
    public LibraryLoadException(params IReadOnlyList<LibraryReport> reports)
        : base(string.Join(Environment.NewLine, reports.Where(report => !report.IsUsable))) => Reports = reports;

    /// <summary>What came of looking for each library.</summary>
    public IReadOnlyList<LibraryReport> Reports { get; }
}
