using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.KernelTools;

/// <summary>What a check of the committed PTX found.</summary>
/// <param name="Resources">Every kernel on every architecture.</param>
/// <param name="Problems">What is wrong, one line each; none: all is well.</param>
/// <param name="Notes">What was not checked, and why.</param>
public sealed record KernelCheckReport(
    IReadOnlyList<KernelResources> Resources, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>Builds the PTX that ships, and checks it against the sources.</summary>
/// <param name="directory">The directory of the kernels' sources; PTX lies in its subdirectory ptx.</param>
/// <param name="library">NVRTC.</param>
public sealed class KernelBuild(string directory, NvrtcLibrary library)
{
    /// <summary>The compiler the committed PTX is made with; only it can be compared byte by byte.</summary>
    public const string PinnedVersion = "11.8.89";

    /// <summary>The architectures whose registers and spills are reported: Turing, Ampere, Hopper.</summary>
    public static IReadOnlyList<int> Architectures { get; } = [75, 80, 90];

    private string PtxDirectory => Path.Combine(directory, "ptx");

    /// <summary>What NVRTC compiles for, as 80 for sm_80, ascending.</summary>
    internal IReadOnlyList<int> Offered { get; init; } = library.Architectures;

    /// <summary>Writes the PTX of every module (and removes that of modules which are gone), or nothing where one does not compile.</summary>
    /// <param name="anyVersion">
    /// Takes a compiler other than <see cref="PinnedVersion"/> too, whose PTX is not for a commit: old drivers may refuse it, and no check could
    /// compare it.
    /// </param>
    /// <returns>Every kernel's needs on those of <see cref="Architectures"/> that NVRTC offers.</returns>
    /// <exception cref="NvrtcException">A source does not compile.</exception>
    /// <exception cref="InvalidOperationException">NVRTC is not the pinned one.</exception>
    public IReadOnlyList<KernelResources> Build(bool anyVersion = false)
    {
        var sources = KernelSources.Read(directory);
        var compiler = new KernelCompiler(library, sources) { Offered = Offered };
        List<(string Module, string Ptx)> made = [];
        foreach (var module in sources.Modules)
        {
            var ptx = compiler.ToPtx(module);
            if (!anyVersion && KernelCompiler.VersionOf(ptx) is var version && version != PinnedVersion)
            {
                throw new InvalidOperationException(
                    $"NVRTC is {version ?? library.Version.ToString()} ({library.Path}), and the PTX that ships is made by {PinnedVersion}: nothing was written.");
            }

            made.Add((module, ptx));
        }

        Directory.CreateDirectory(PtxDirectory);
        foreach (var stale in Directory.EnumerateFiles(PtxDirectory, "*.ptx").Where(file => !sources.Modules.Contains(Path.GetFileNameWithoutExtension(file))))
        {
            File.Delete(stale);
        }

        foreach (var (module, ptx) in made)
        {
            File.WriteAllText(Path.Combine(PtxDirectory, $"{module}.ptx"), ptx);
        }

        return Resources(compiler, sources, Architectures);
    }

    /// <summary>
    /// Compares the committed PTX with what the sources give, looks for spills, and holds register budgets. A compiler other
    /// than <see cref="PinnedVersion"/> compiles everything but compares no bytes.
    /// </summary>
    /// <param name="architectures">Where registers and spills are looked at; null: <see cref="Architectures"/>; none: only the PTX is compared.</param>
    /// <exception cref="NvrtcException">A source does not compile.</exception>
    public KernelCheckReport Check(IReadOnlyList<int>? architectures = null)
    {
        var sources = KernelSources.Read(directory);
        var compiler = new KernelCompiler(library, sources) { Offered = Offered };
        List<string> problems = [];
        List<string> notes = [];
        foreach (var module in sources.Modules)
        {
            var path = Path.Combine(PtxDirectory, $"{module}.ptx");
            var fresh = compiler.ToPtx(module);
            var version = KernelCompiler.VersionOf(fresh);
            if (!File.Exists(path))
            {
                problems.Add($"{module}: ptx/{module}.ptx is missing; run `alexnet kernels build`");
            }
            else if (version != PinnedVersion)
            {
                notes.Add($"{module}: compiled by NVRTC {version}; bytes are compared with {PinnedVersion} only");
            }
            else if (FirstDifference(File.ReadAllText(path).ReplaceLineEndings("\n"), fresh) is { } line)
            {
                problems.Add($"{module}: ptx/{module}.ptx differs from what {module}.cu gives from line {line} on; run `alexnet kernels build`");
            }
        }

        if (Directory.Exists(PtxDirectory))
        {
            problems.AddRange(Directory.EnumerateFiles(PtxDirectory, "*.ptx")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Where(module => !sources.Modules.Contains(module))
                .Select(module => $"{module}: ptx/{module}.ptx has no source"));
        }

        if (architectures is { Count: 0 })
        {
            return new KernelCheckReport([], problems, notes);
        }

        var resources = Resources(compiler, sources, architectures ?? Architectures);
        problems.AddRange(Judge(resources, sources));
        return new KernelCheckReport(resources, problems, notes);
    }

    /// <summary>What is wrong with the kernels' needs: spills, kernels over their budget or without one, budgets without a kernel.</summary>
    /// <param name="resources">Every kernel on every architecture.</param>
    /// <param name="sources">The sources, which state the budgets.</param>
    public static IReadOnlyList<string> Judge(IReadOnlyList<KernelResources> resources, KernelSources sources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(sources);
        var budgets = sources.Modules
            .SelectMany(module => KernelCompiler.Budgets(sources.Source(module)))
            .ToDictionary(budget => budget.Key, budget => budget.Value, StringComparer.Ordinal);
        List<string> problems = [];
        foreach (var resource in resources)
        {
            var where = $"{resource.Kernel} on sm_{resource.Architecture}";
            if (resource.SpillStores + resource.SpillLoads > 0)
            {
                problems.Add($"{where} spills: {resource.SpillStores} bytes stored, {resource.SpillLoads} loaded");
            }

            if (!budgets.TryGetValue(resource.Kernel, out var budget))
            {
                problems.Add($"{where} has no budget: state one as `// budget {resource.Kernel} N` above it");
            }
            else if (resource.Registers > budget)
            {
                problems.Add($"{where} uses {resource.Registers} registers; its budget is {budget}");
            }
        }

        var compiled = resources.Select(resource => resource.Kernel).ToHashSet(StringComparer.Ordinal);
        problems.AddRange(budgets.Keys.Where(kernel => !compiled.Contains(kernel)).Select(kernel => $"a budget is stated for {kernel}, which is no kernel"));
        return problems;
    }

    private IReadOnlyList<KernelResources> Resources(KernelCompiler compiler, KernelSources sources, IReadOnlyList<int> architectures) =>
        [.. architectures
            .Where(Offered.Contains)
            .SelectMany(architecture => sources.Modules.SelectMany(module => compiler.ToCubin(module, architecture).Resources))
            .OrderBy(resource => resource.Kernel, StringComparer.Ordinal).ThenBy(resource => resource.Architecture)];

    private static int? FirstDifference(string a, string b)
    {
        if (string.Equals(a, b, StringComparison.Ordinal))
        {
            return null;
        }

        var left = a.Split('\n');
        var right = b.Split('\n');
        var line = 0;
        while (line < left.Length && line < right.Length && string.Equals(left[line], right[line], StringComparison.Ordinal))
        {
            line++;
        }

        return line + 1;
    }
}
