using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AlexNetCuda.Interop.Probing;

/// <summary>The machine as the search for libraries sees it: tests have their own.</summary>
/// <param name="IsWindows">Whether names and places are those of Windows.</param>
/// <param name="Root">What is put before the places that are usual on Linux: nothing.</param>
/// <param name="ProgramFolder">Where the program lies.</param>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="AsksSystem">Whether the system's own loader is asked at the end.</param>
internal sealed record ProbeMachine(bool IsWindows, string Root, string ProgramFolder, Func<string, string?> Variable, bool AsksSystem)
{
    internal static ProbeMachine Real { get; } = new(OperatingSystem.IsWindows(), "", AppContext.BaseDirectory, Environment.GetEnvironmentVariable, AsksSystem: true);
}

/// <summary>A place to look in.</summary>
/// <param name="Text">What to call it when nothing was found there.</param>
/// <param name="Folders">The folders there are of it, the preferred one first.</param>
/// <param name="Below">Whether the folders below count too.</param>
internal sealed record ProbePlace(string Text, IReadOnlyList<string> Folders, bool Below);

/// <summary>Where libraries are looked for, the preferred place first.</summary>
internal static partial class ProbePlaces
{
    /// <summary>The places for a library, without the system's loader.</summary>
    /// <param name="library">What is looked for.</param>
    /// <param name="directory">The directory a caller gave, or null.</param>
    /// <param name="near">The folder of a library that belongs to this one, or null.</param>
    /// <param name="machine">The machine.</param>
    internal static IEnumerable<ProbePlace> For(LibraryDescription library, string? directory, string? near, ProbeMachine machine)
    {
        if (directory is not null)
        {
            yield return Folder(Path.GetFullPath(directory), below: true);
        }

        if (machine.Variable(library.DirectoryVariable) is { Length: > 0 } named)
        {
            yield return Folder(Path.GetFullPath(named), below: true, $"{library.DirectoryVariable} = ");
        }

        if (near is not null)
        {
            yield return Folder(near, below: false);
        }

        yield return Folder(machine.ProgramFolder, below: false);
        var list = machine.IsWindows ? "PATH" : "LD_LIBRARY_PATH";
        foreach (var one in (machine.Variable(list) ?? "").Split(machine.IsWindows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Path.IsPathRooted(one))
            {
                yield return Folder(one, below: false, $"{list}: ");
            }
        }

        var patterns = library.IsDriver ? Driver(machine) : Toolkit(machine).Concat(Pip(library, machine));
        foreach (var pattern in patterns)
        {
            yield return new ProbePlace(pattern, Expand(pattern), Below: false);
        }
    }

    private static IEnumerable<string> Driver(ProbeMachine machine)
    {
        // On Windows the system's loader has it. WSL's comes first: a driver of the distribution beside it would find no GPU.
        return machine.IsWindows ? [] : [$"{machine.Root}/usr/lib/wsl/lib", .. System(machine), $"{machine.Root}/run/opengl-driver/lib"];
    }

    private static IEnumerable<string> Toolkit(ProbeMachine machine)
    {
        if (machine.Variable("CUDA_PATH") is { Length: > 0 } toolkit)
        {
            // CUDA 13 moved its libraries to bin\x64 on Windows.
            yield return Path.Combine(toolkit, machine.IsWindows ? "bin" : "lib64");
            yield return machine.IsWindows ? Path.Combine(toolkit, "bin", "x64") : Path.Combine(toolkit, "lib");
        }

        if (!machine.IsWindows)
        {
            yield return $"{machine.Root}/usr/local/cuda/lib64";
            yield return $"{machine.Root}/usr/local/cuda-*/lib64";
            yield return $"{machine.Root}/opt/cuda/lib64";
            foreach (var folder in System(machine))
            {
                yield return folder;
            }
        }
        else if (machine.Variable("ProgramFiles") is { Length: > 0 } programs)
        {
            yield return Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA", "v*", "bin");
            yield return Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA", "v*", "bin", "x64");
            yield return Path.Combine(programs, "NVIDIA", "CUDNN", "v*", "bin");
            yield return Path.Combine(programs, "NVIDIA", "CUDNN", "v*", "bin", "*");
            yield return Path.Combine(programs, "NVIDIA", "CUDNN", "v*", "bin", "*", "x64");
        }
    }

    private static IEnumerable<string> System(ProbeMachine machine)
    {
        var triple = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        return [$"{machine.Root}/usr/lib/{triple}", $"{machine.Root}/usr/lib64"];
    }

    private static IEnumerable<string> Pip(LibraryDescription library, ProbeMachine machine)
    {
        List<string> sites = [];
        foreach (var prefix in new[] { machine.Variable("VIRTUAL_ENV"), machine.Variable("CONDA_PREFIX") }.Where(prefix => !string.IsNullOrEmpty(prefix)))
        {
            sites.Add(machine.IsWindows ? Path.Combine(prefix!, "Lib", "site-packages") : $"{prefix}/lib/python3*/site-packages");
        }

        if (machine.IsWindows)
        {
            if (machine.Variable("APPDATA") is { Length: > 0 } roaming)
            {
                sites.Add(Path.Combine(roaming, "Python", "Python3*", "site-packages"));
            }

            if (machine.Variable("LOCALAPPDATA") is { Length: > 0 } local)
            {
                sites.Add(Path.Combine(local, "Programs", "Python", "Python3*", "Lib", "site-packages"));
            }
        }
        else
        {
            if (machine.Variable("HOME") is { Length: > 0 } home)
            {
                sites.Add($"{home}/.local/lib/python3*/site-packages");
            }

            sites.Add($"{machine.Root}/usr/local/lib/python3*/dist-packages");
            sites.Add($"{machine.Root}/usr/local/lib/python3*/site-packages");
        }

        return from site in sites
               from folder in library.PipFolders
               from leaf in machine.IsWindows ? new[] { "bin", Path.Combine("bin", "x86_64") } : ["lib"]
               select Path.Combine(site, "nvidia", folder, leaf);
    }

    private static ProbePlace Folder(string path, bool below, string note = "") =>
        new($"{note}{path}{(below ? " and below" : "")}", Directory.Exists(path) ? [path] : [], below);

    /// <summary>The folders that a path with stars stands for, those with the greatest numbers first.</summary>
    internal static IReadOnlyList<string> Expand(string pattern)
    {
        var root = Path.GetPathRoot(pattern)!;
        IEnumerable<string> found = [root];
        foreach (var part in pattern[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            found = part.Contains('*', StringComparison.Ordinal)
                ? found.SelectMany(folder => Below(folder, part))
                : found.Select(folder => Path.Combine(folder, part)).Where(Directory.Exists);
        }

        return [.. found];
    }

    private static IEnumerable<string> Below(string folder, string part)
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(folder, part, options).OrderByDescending(Numbered, StringComparer.Ordinal);
    }

    // cuda-12.10 comes after cuda-12.9: numbers are brought to one length.
    private static string Numbered(string path) => Digits().Replace(path, digits => digits.Value.PadLeft(8, '0').ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex("[0-9]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Digits();
}
