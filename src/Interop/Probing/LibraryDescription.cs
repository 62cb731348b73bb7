namespace AlexNetCuda.Interop.Probing;

/// <summary>A native library that was found and loaded. It stays loaded: nothing here unloads a driver's library.</summary>
/// <param name="Handle">The system's handle.</param>
/// <param name="Path">The full path it was loaded from, or the bare name where the system's loader found it.</param>
internal sealed record LoadedLibrary(nint Handle, string Path);

/// <summary>What a library says of itself, without a device.</summary>
/// <param name="Version">Its version.</param>
/// <param name="CudaVersion">The CUDA version it belongs to (a driver: the newest it takes), or null where it does not say.</param>
internal sealed record LibraryFacts(Version Version, Version? CudaVersion);

/// <summary>A library that must be loaded ahead of another, which asks for it by bare name or not at all.</summary>
/// <param name="LinuxPattern">Its file name on Linux; a star stands for any text.</param>
/// <param name="WindowsPattern">Its file name on Windows.</param>
/// <param name="Required">Whether the other cannot serve without it.</param>
internal sealed record Companion(string LinuxPattern, string WindowsPattern, bool Required);

/// <summary>A name that a library's file may have.</summary>
/// <param name="File">The file name.</param>
/// <param name="CudaMajor">The CUDA major version that files of this name belong to, or 0 where the name does not say.</param>
/// <param name="Companions">What must be loaded first, from the same folder.</param>
internal sealed record LibraryName(string File, int CudaMajor, params IReadOnlyList<Companion> Companions);

/// <summary>What to look for when a native library is wanted.</summary>
/// <param name="Title">The library's name for people, as "NVRTC".</param>
/// <param name="LinuxNames">File names on Linux, the preferred one first.</param>
/// <param name="WindowsNames">File names on Windows, the preferred one first.</param>
/// <param name="DirectoryVariable">An environment variable that names a directory to look in first (and below it).</param>
/// <param name="Least">The least version that serves.</param>
/// <param name="Entries">The functions that are called.</param>
/// <param name="Inspect">Asks a library whose functions are all there for its version; throws InvalidOperationException with what is wrong with it.</param>
/// <param name="Advice">What to install, for the message when nothing is found.</param>
internal sealed record LibraryDescription(
    string Title,
    IReadOnlyList<LibraryName> LinuxNames,
    IReadOnlyList<LibraryName> WindowsNames,
    string DirectoryVariable,
    Version Least,
    IReadOnlyList<EntryPointAttribute> Entries,
    Func<LoadedLibrary, LibraryFacts> Inspect,
    string Advice)
{
    /// <summary>The folders below pip's site-packages/nvidia that hold it on Linux (in lib) and Windows (in bin).</summary>
    internal IReadOnlyList<string> PipFolders { get; init; } = [];

    /// <summary>Whether it is the driver, which comes with the system and not with a toolkit.</summary>
    internal bool IsDriver { get; init; }
}
