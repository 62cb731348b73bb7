using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx;

/// <summary>A formal parameter of a kernel.</summary>
/// <param name="Name">The name in the PTX.</param>
/// <param name="Type">The element type; .b8 for a structure passed by value.</param>
/// <param name="Bytes">The size in bytes.</param>
/// <param name="Alignment">The alignment in bytes.</param>
/// <param name="Offset">The offset in bytes in the parameter buffer.</param>
public sealed record KernelParameter(string Name, PtxType Type, int Bytes, int Alignment, int Offset);

/// <summary>What a module says about one of its kernels.</summary>
public sealed class KernelDeclaration
{
    internal KernelDeclaration(Function function)
    {
        Function = function;
        var parameters = new List<KernelParameter>();
        long offset = 0;
        foreach (Formal formal in function.Parameters)
        {
            if (formal.Variable is not { } variable)
                throw new PtxParseException(function.Line, "a kernel's parameters are in .param space");
            offset = (offset + variable.Align - 1) / variable.Align * variable.Align;
            if (offset + variable.Bytes > 1 << 16) throw new PtxParseException(function.Line, "the parameters are too large");
            parameters.Add(new KernelParameter(variable.Name, variable.Type, (int)variable.Bytes, variable.Align, (int)offset));
            offset += variable.Bytes;
        }

        Parameters = parameters;
        ParameterBytes = (int)offset;
    }

    /// <summary>The name.</summary>
    public string Name => Function.Name;

    /// <summary>The formal parameters, in order.</summary>
    public IReadOnlyList<KernelParameter> Parameters { get; }

    /// <summary>The size in bytes of the parameter buffer.</summary>
    public int ParameterBytes { get; }

    /// <summary>.maxntid, from __launch_bounds__: the most threads a block may have along x, y and z together; null when not
    /// stated.</summary>
    public Extent3? MaximumThreads => Extents(Function.MaximumThreads);

    /// <summary>.reqntid: the block shape a launch must have; null when not stated.</summary>
    public Extent3? RequiredThreads => Extents(Function.RequiredThreads);

    /// <summary>The number of instructions as written.</summary>
    public int Instructions => Function.Body.Count;

    /// <summary>The opcodes it uses, with their modifiers, each once.</summary>
    public IReadOnlyCollection<string> Opcodes => [.. Function.Body.Select(i => i.Text).Distinct()];

    internal Function Function { get; }

    private static Extent3? Extents(int[]? extents) => extents is null ? null : new Extent3(extents[0], extents[1], extents[2]);
}

/// <summary>A parsed PTX module: PTX 6.0 to 8.4, as NVRTC, nvcc and clang write it.</summary>
public sealed class PtxModule
{
    private PtxModule(ModuleSyntax syntax)
    {
        Syntax = syntax;
        Kernels = [.. syntax.Functions.Where(f => f.IsKernel && f.IsDefined).Select(f => new KernelDeclaration(f))];
    }

    /// <summary>The PTX version.</summary>
    public Version Version => Syntax.Version;

    /// <summary>The target, such as sm_60.</summary>
    public string Target => Syntax.Target;

    /// <summary>The kernels, in order.</summary>
    public IReadOnlyList<KernelDeclaration> Kernels { get; }

    internal ModuleSyntax Syntax { get; }

    /// <summary>Its kernels decoded, for machines in which it has no variables: then nothing in a program is one machine's alone.</summary>
    internal Dictionary<(string Kernel, Approximation Approximation, int Seed), Execution.Program> Programs { get; } = [];

    /// <summary>Parses a module.</summary>
    /// <param name="text">The text of the PTX.</param>
    /// <exception cref="PtxParseException">The text is malformed, or of a version or form that is not supported. Instructions are
    /// decoded, and refused if need be, when the module is loaded.</exception>
    public static PtxModule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PtxModule(ModuleParser.Parse(text));
    }

    /// <summary>Decodes every kernel, so that anything this machine cannot execute is found now.</summary>
    /// <exception cref="PtxParseException">An instruction is not supported; it names the instruction and its line.</exception>
    public void Verify()
    {
        using var machine = new PtxMachine();
        machine.Load(this);
    }
}
