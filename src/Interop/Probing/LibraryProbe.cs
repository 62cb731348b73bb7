using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Probing;

/// <summary>Which versions serve, and where to look first.</summary>
internal sealed record ProbeRequest
{
    /// <summary>A directory to look in (and below it) before all others, or null.</summary>
    internal string? Directory { get; init; }

    /// <summary>The folder of a library that belongs to the one looked for, or null.</summary>
    internal string? Near { get; init; }

    /// <summary>The CUDA major version it must belong to, or null for any.</summary>
    internal int? CudaMajor { get; init; }

    /// <summary>The newest CUDA version the driver takes, or null where there is no driver.</summary>
    internal Version? DriverTakes { get; init; }

    /// <summary>The machine to look on.</summary>
    internal ProbeMachine Machine { get; init; } = ProbeMachine.Real;
}

/// <summary>
/// Finds native libraries by versioned names. A file that is broken, lacks functions or is of a version that does not serve is
/// noted, and the search goes on.
/// </summary>
internal static class LibraryProbe
{
    /// <summary>Looks for a library; does not throw.</summary>
    internal static (LibraryReport Report, LoadedLibrary? Library) Find(LibraryDescription description, ProbeRequest request)
    {
        var names = request.Machine.IsWindows ? description.WindowsNames : description.LinuxNames;
        List<LibraryCandidate> rejected = [];
        List<string> tried = [];
        var report = new LibraryReport(description.Title, null, rejected, [.. names.Select(name => name.File)], tried, description.Advice);
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var place in ProbePlaces.For(description, request.Directory, request.Near, request.Machine))
        {
            foreach (var (path, name) in from folder in place.Folders from name in names from path in Files(folder, name.File, place.Below) select (path, name))
            {
                if (seen.Add(path) && Examine(description, request, path, name, rejected) is { } found)
                {
                    return (report with { Taken = found.Candidate }, found.Library);
                }
            }

            tried.Add(place.Folders.Count == 0 ? $"{place.Text} (no such folder)" : place.Text);
        }

        if (request.Machine.AsksSystem)
        {
            foreach (var name in names)
            {
                if (Examine(description, request, name.File, name, rejected) is { } found)
                {
                    return (report with { Taken = found.Candidate }, found.Library);
                }
            }

            tried.Add("what the system's loader finds");
        }

        return (report, null);
    }

    private static (LibraryCandidate Candidate, LoadedLibrary Library)? Examine(
        LibraryDescription description,
        ProbeRequest request,
        string path,
        LibraryName name,
        List<LibraryCandidate> rejected)
    {
        // What its name already says is of no use is not loaded for nothing; by a bare name it is not known to be there at all.
        if (name.CudaMajor != 0 && Unfit(new Version(name.CudaMajor, 0), request) is { } unfit)
        {
            if (Path.IsPathRooted(path))
            {
                rejected.Add(new LibraryCandidate(path, null, new Version(name.CudaMajor, 0), [], unfit));
            }

            return null;
        }

        if (LoadCompanions(path, name, request.Machine) is { } companion)
        {
            rejected.Add(new LibraryCandidate(path, null, null, [], companion));
            return null;
        }

        if (TryLoad(path, out var reason) is not { } library)
        {
            if (Path.IsPathRooted(path) || !IsAbsence(path, reason))
            {
                rejected.Add(new LibraryCandidate(path, null, null, [], $"does not load: {reason}"));
            }

            return null;
        }

        var candidate = Judge(description, request, library);
        if (candidate.Problem is null)
        {
            return (candidate, library with { Path = candidate.Path });
        }

        rejected.Add(candidate);
        return null;
    }

    private static LibraryCandidate Judge(LibraryDescription description, ProbeRequest request, LoadedLibrary library)
    {
        var lacking = description.Entries.Where(entry => !EntryPoints.Has(library, entry)).ToArray();
        var missing = lacking.Select(entry => entry.Name).ToArray();
        var path = Located(library, description.Entries);
        LibraryFacts? facts = null;
        string? problem = null;
        try
        {
            facts = description.Inspect(library);
        }
        catch (InvalidOperationException e)
        {
            problem = e.Message;
        }

        if (facts is not null && facts.Version < description.Least)
        {
            problem = $"is too old: {description.Least} is the least that serves";
        }
        else if (lacking.Any(entry => !entry.Optional))
        {
            problem = $"lacks {string.Join(", ", lacking.Where(entry => !entry.Optional).Select(entry => entry.Name))}: it is not what its name says, or a version that does not serve";
        }
        else if (facts?.CudaVersion is { } cuda && !description.IsDriver)
        {
            problem = Unfit(cuda, request);
        }

        return new LibraryCandidate(path, facts?.Version, facts?.CudaVersion, missing, problem);
    }

    private static string? Unfit(Version cuda, ProbeRequest request) =>
        request.DriverTakes is { } most && cuda.Major > most.Major ? $"is of CUDA {cuda.Major}, and the driver takes CUDA {most} at most"
        : request.CudaMajor is { } major && cuda.Major != major ? $"is of CUDA {cuda.Major}, and CUDA {major} is looked for: cuBLAS and cuDNN must be of one"
        : null;

    /// <summary>Loads what a library asks for by bare name from where that library lies; what is wrong with a required one, or null.</summary>
    private static string? LoadCompanions(string path, LibraryName name, ProbeMachine machine)
    {
        var folder = Path.IsPathRooted(path) ? Path.GetDirectoryName(path)! : null;
        if (folder is null && TryLoad(path, out _) is null)
        {
            return null;   // not there: what belongs to it is not missed
        }

        foreach (var companion in name.Companions)
        {
            var pattern = machine.IsWindows ? companion.WindowsPattern : companion.LinuxPattern;
            var files = folder is null ? [pattern] : Files(folder, pattern, below: false);
            string? problem = $"needs {pattern} beside it, which is not there";
            foreach (var file in files)
            {
                problem = TryLoad(file, out var reason) is null ? $"needs {Path.GetFileName(file)}, which does not load: {reason}" : null;
            }

            if (problem is not null && companion.Required)
            {
                return problem;
            }
        }

        return null;
    }

    private static LoadedLibrary? TryLoad(string path, out string reason)
    {
        try
        {
            reason = "";
            return new LoadedLibrary(NativeLibrary.Load(path), path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // .NET's own advice takes the first line; the loader's reason is what comes after it.
            var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            reason = lines.Length > 1 ? string.Join("; ", lines.Skip(1).Distinct(StringComparer.Ordinal)) : e.Message;
            return null;
        }
    }

    // The loader says of a library that is not there that it can't open just this; of one that lacks another, that it can't open the other.
    private static bool IsAbsence(string name, string reason) =>
        OperatingSystem.IsWindows() || reason.Contains($"{name}: cannot open shared object file", StringComparison.Ordinal);

    private static IEnumerable<string> Files(string folder, string pattern, bool below)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = below, IgnoreInaccessible = true };
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, options).Order(StringComparer.Ordinal) : [];
    }

    // Where the system's loader found it: the module that an address of it lies in.
    private static string Located(LoadedLibrary library, IReadOnlyList<EntryPointAttribute> entries)
    {
        if (Path.IsPathRooted(library.Path) || !entries.Any(entry => NativeLibrary.TryGetExport(library.Handle, entry.Name, out _)))
        {
            return library.Path;
        }

        var address = NativeLibrary.GetExport(library.Handle, entries.First(entry => NativeLibrary.TryGetExport(library.Handle, entry.Name, out _)).Name);
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(module => address >= module.BaseAddress && address < module.BaseAddress + module.ModuleMemorySize)?.FileName ?? library.Path;
    }
}
