using System.Text;
using System.Text.RegularExpressions;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Cuda.Compilation;

/// <summary>A kernel's needs on an architecture, as the assembler reports them.</summary>
/// <param name="Kernel">The kernel's name.</param>
/// <param name="Architecture">As 80 for sm_80.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a block.</param>
/// <param name="SpillStores">Bytes of registers stored to local memory for want of room.</param>
/// <param name="SpillLoads">Bytes loaded back.</param>
public sealed record KernelResources(string Kernel, int Architecture, int Registers, int SharedBytes, int SpillStores, int SpillLoads);

/// <summary>A module compiled for one architecture.</summary>
/// <param name="Image">The cubin.</param>
/// <param name="Resources">Of each of its kernels, by name.</param>
public sealed record CompiledModule(byte[] Image, IReadOnlyList<KernelResources> Resources);

/// <summary>Compiles the kernels by NVRTC, with the flags that the arithmetic relies on.</summary>
/// <param name="library">NVRTC.</param>
/// <param name="sources">The kernels' sources.</param>
public sealed partial class KernelCompiler(NvrtcLibrary library, KernelSources sources)
{
    /// <summary>The least architecture: what PTX is made for.</summary>
    public const int LeastArchitecture = 60;

    private const int Patience = 10_000;   // milliseconds for a pattern; the texts are our own

    // Denormals are kept, division and square root are correctly rounded, a * b + c may become one operation.
    private static readonly string[] s_options =
        ["--std=c++14", "--ftz=false", "--prec-div=true", "--prec-sqrt=true", "--fmad=true"];

    /// <summary>The flags of every compilation, apart from the architecture.</summary>
    public static IReadOnlyList<string> Options => s_options;

    /// <summary>NVRTC's own version, as 11.8.</summary>
    public Version Version => library.Version;

    /// <summary>What it compiles for, as 80 for sm_80, ascending.</summary>
    internal IReadOnlyList<int> Offered { get; init; } = library.Architectures;

    /// <summary>
    /// What a module becomes PTX for: <see cref="LeastArchitecture"/>, or the least that there is where NVRTC has given that up, as 13 has all
    /// before 75.
    /// </summary>
    /// <param name="offered">What NVRTC compiles for, as 80 for sm_80.</param>
    public static int PtxArchitecture(IReadOnlyList<int> offered) =>
        offered.Where(architecture => architecture >= LeastArchitecture).DefaultIfEmpty(LeastArchitecture).Min();

    /// <summary>
    /// A module as PTX for compute_60 (see <see cref="PtxArchitecture"/>), with line information. The header's first lines pin the compiler and the flags; file names
    /// are the sources' own, without directories, so that the text does not depend on where it was made.
    /// </summary>
    /// <exception cref="NvrtcException">The source does not compile.</exception>
    public string ToPtx(string module)
    {
        string[] options = [$"--gpu-architecture=compute_{PtxArchitecture(Offered)}", .. s_options, "--generate-line-info"];
        var ptx = Encoding.UTF8.GetString(Compile(module, options).Image).ReplaceLineEndings("\n");
        ptx = SourceFile().Replace(ptx, match => $"{match.Groups["head"].Value}\"{Path.GetFileName(match.Groups["path"].Value)}\"");
        return $"""
            // {module}.cu as PTX. Made by `alexnet kernels build`: do not edit, change the source.
            // NVRTC {VersionOf(ptx) ?? Version.ToString()} {string.Join(' ', options)}
            {ptx}
            """.ReplaceLineEndings("\n");
    }

    /// <summary>The compiler that made a PTX text, as "11.8.89", from what NVRTC writes at its top; null where it does not say.</summary>
    public static string? VersionOf(string ptx)
    {
        var match = ToolVersion().Match(ptx);
        return match.Success ? match.Groups["version"].Value : null;
    }

    /// <summary>A module as a cubin for a GPU.</summary>
    /// <param name="module">The module.</param>
    /// <param name="architecture">As 80 for sm_80; one of those NVRTC knows.</param>
    /// <exception cref="NvrtcException">The source does not compile, or NVRTC does not know the architecture.</exception>
    public CompiledModule ToCubin(string module, int architecture)
    {
        var output = Compile(module, [$"--gpu-architecture=sm_{architecture}", .. s_options, "--ptxas-options=-v"]);
        return new CompiledModule(output.Image, ParseLog(output.Log, architecture));
    }

    /// <summary>The register budgets a source states in its <c>// budget NAME N</c> lines, by kernel.</summary>
    public static IReadOnlyDictionary<string, int> Budgets(string source) =>
        Budget().Matches(source).ToDictionary(
            match => match.Groups["kernel"].Value,
            match => int.Parse(match.Groups["registers"].Value, System.Globalization.CultureInfo.InvariantCulture),
            StringComparer.Ordinal);

    /// <summary>Reads the assembler's messages (<c>--ptxas-options=-v</c>).</summary>
    /// <param name="log">The program's log.</param>
    /// <param name="architecture">What it was compiled for.</param>
    public static IReadOnlyList<KernelResources> ParseLog(string log, int architecture)
    {
        ArgumentNullException.ThrowIfNull(log);
        List<KernelResources> resources = [];
        string? kernel = null;
        int stores = 0, loads = 0;
        foreach (var line in log.Split('\n'))
        {
            if (Entry().Match(line) is { Success: true } entry)
            {
                kernel = entry.Groups["kernel"].Value;
            }
            else if (Spills().Match(line) is { Success: true } spills)
            {
                stores = Number(spills.Groups["stores"]);
                loads = Number(spills.Groups["loads"]);
            }
            else if (kernel is not null && Used().Match(line) is { Success: true } used)
            {
                var shared = used.Groups["shared"].Success ? Number(used.Groups["shared"]) : 0;
                resources.Add(new KernelResources(kernel, architecture, Number(used.Groups["registers"]), shared, stores, loads));
                kernel = null;
            }
        }

        return [.. resources.OrderBy(resource => resource.Kernel, StringComparer.Ordinal)];

        static int Number(Group group) => int.Parse(group.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private NvrtcOutput Compile(string module, IReadOnlyList<string> options) => library.Compile(
        $"{module}.cu",
        sources.Source(module),
        new Dictionary<string, string>(StringComparer.Ordinal) { [KernelSources.HeaderName] = sources.Header },
        options);

    [GeneratedRegex("""(?<head>\.file\s+\d+\s+)"(?<path>[^"]+)"[^\n]*""", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"release \d+\.\d+, V(?<version>\d+\.\d+\.\d+)", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex ToolVersion();

    [GeneratedRegex(@"^// budget (?<kernel>\w+) (?<registers>\d+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Budget();

    [GeneratedRegex(@"Compiling entry function '(?<kernel>\w+)'", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Entry();

    [GeneratedRegex(@"(?<stores>\d+) bytes spill stores, (?<loads>\d+) bytes spill loads", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Spills();

    [GeneratedRegex(@"Used (?<registers>\d+) registers(.*?(?<shared>\d+) bytes smem)?", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Used();
}
