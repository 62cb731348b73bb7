using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop.Nvrtc;

/// <summary>What NVRTC makes of one source.</summary>
/// <param name="Image">PTX as text in UTF-8 (without the closing zero), or a cubin.</param>
/// <param name="Log">The compiler's and (for a cubin, with <c>--ptxas-options=-v</c>) the assembler's messages.</param>
public sealed record NvrtcOutput(byte[] Image, string Log);

/// <summary>A call of NVRTC failed.</summary>
public sealed class NvrtcException : Exception
{
    /// <summary>Makes the exception of a call's status.</summary>
    /// <param name="result">The status.</param>
    /// <param name="message">What failed, with the compiler's log where there is one.</param>
    public NvrtcException(NvrtcResult result, string message)
        : base(message) => Result = result;

    /// <summary>The status NVRTC gave.</summary>
    public NvrtcResult Result { get; }
}

/// <summary>NVIDIA's run-time compiler: CUDA C++ to PTX or, for a named GPU, to a cubin. It needs neither a GPU nor a driver.</summary>
public sealed unsafe class NvrtcLibrary
{
    private readonly NvrtcTable _table;

    internal NvrtcLibrary(LoadedLibrary library)
    {
        Path = library.Path;
        EntryPoints.Fill(library, ref _table);
        int major, minor;
        Check(_table.Version(&major, &minor), "nvrtcVersion");
        Version = new Version(major, minor);
        int count;
        Check(_table.GetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
        var architectures = new int[count];
        fixed (int* first = architectures)
        {
            Check(_table.GetSupportedArchs(first), "nvrtcGetSupportedArchs");
        }

        Architectures = architectures;
    }

    /// <summary>Where it was loaded from.</summary>
    public string Path { get; }

    /// <summary>The toolkit it belongs to, as 11.8.</summary>
    public Version Version { get; }

    /// <summary>The architectures it compiles for, as 80 for sm_80, ascending.</summary>
    public IReadOnlyList<int> Architectures { get; }

    /// <summary>Finds and loads NVRTC.</summary>
    /// <param name="directory">A directory to look in (and below it) first, or null.</param>
    /// <param name="driver">
    /// The newest CUDA version the driver takes: the newest NVRTC of its major version or an older one is wanted then. Null where no driver is
    /// to load the result: the oldest is taken, whose PTX every driver takes.
    /// </param>
    /// <exception cref="LibraryLoadException">It was not found, or is older than CUDA 11.2; the message lists what was tried.</exception>
    public static NvrtcLibrary Load(string? directory = null, Version? driver = null)
    {
        var description = CudaLibraryDescriptions.Nvrtc;
        if (driver is null)
        {
            description = description with { LinuxNames = [.. description.LinuxNames.Reverse()], WindowsNames = [.. description.WindowsNames.Reverse()] };
        }

        var (report, library) = LibraryProbe.Find(description, new ProbeRequest { Directory = directory, DriverTakes = driver });
        return library is null ? throw new LibraryLoadException(report) : new NvrtcLibrary(library);
    }

    /// <summary>Compiles one source.</summary>
    /// <param name="name">The source's name in messages and line information.</param>
    /// <param name="source">CUDA C++.</param>
    /// <param name="headers">The headers it may include: name and text.</param>
    /// <param name="options">NVRTC's options; with a <c>--gpu-architecture</c> of <c>compute_NN</c> the result is PTX, of <c>sm_NN</c> a cubin.</param>
    /// <exception cref="NvrtcException">The source does not compile, or NVRTC fails; the message has the compiler's log.</exception>
    public NvrtcOutput Compile(string name, string source, IReadOnlyDictionary<string, string> headers, IReadOnlyList<string> options)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(options);
        using var texts = new Utf8Texts();
        var headerTexts = texts.AddAll(headers.Select(header => header.Value));
        var headerNames = texts.AddAll(headers.Select(header => header.Key));
        var arguments = texts.AddAll(options);
        NvrtcProgram program;
        Check(
            _table.CreateProgram(&program, texts.Add(source), texts.Add(name), headers.Count, headerTexts, headerNames),
            "nvrtcCreateProgram");
        try
        {
            var result = _table.CompileProgram(program, options.Count, arguments);
            var log = Encoding.UTF8.GetString(Read(program, _table.GetProgramLogSize, _table.GetProgramLog)).TrimEnd('\0');
            if (result != NvrtcResult.Success)
            {
                throw new NvrtcException(result, $"NVRTC {Version} could not compile {name} ({result}):{Environment.NewLine}{log}");
            }

            var binary = options.Any(option => option.Contains("=sm_", StringComparison.Ordinal));
            var image = binary
                ? Read(program, _table.GetCubinSize, _table.GetCubin)
                : Read(program, _table.GetPtxSize, _table.GetPtx).AsSpan().TrimEnd((byte)0).ToArray();
            return new NvrtcOutput(image, log);
        }
        finally
        {
            _table.DestroyProgram(&program);
        }
    }

    private static byte[] Read(
        NvrtcProgram program,
        delegate* unmanaged<NvrtcProgram, nuint*, NvrtcResult> sizeOf,
        delegate* unmanaged<NvrtcProgram, byte*, NvrtcResult> copy)
    {
        nuint size;
        Check(sizeOf(program, &size), "a size");
        var bytes = new byte[size];
        fixed (byte* first = bytes)
        {
            Check(copy(program, first), "a result");
        }

        return bytes;
    }

    private static void Check(NvrtcResult result, string what)
    {
        if (result != NvrtcResult.Success)
        {
            throw new NvrtcException(result, $"NVRTC failed with status {(int)result} ({result}): {what}.");
        }
    }

    /// <summary>Zero-terminated UTF-8 texts in native memory, freed together.</summary>
    private sealed class Utf8Texts : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public void Dispose()
        {
            foreach (var block in _blocks)
            {
                NativeMemory.Free((void*)block);
            }
        }

        internal byte* Add(string text)
        {
            var size = Encoding.UTF8.GetByteCount(text);
            var block = (byte*)NativeMemory.Alloc((nuint)size + 1);
            _blocks.Add((nint)block);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, size));
            block[size] = 0;
            return block;
        }

        internal byte** AddAll(IEnumerable<string> texts)
        {
            var all = texts.ToArray();
            var array = (byte**)NativeMemory.Alloc((nuint)Math.Max(all.Length, 1), (nuint)sizeof(byte*));
            _blocks.Add((nint)array);
            for (var i = 0; i < all.Length; i++)
            {
                array[i] = Add(all[i]);
            }

            return array;
        }
    }
}
