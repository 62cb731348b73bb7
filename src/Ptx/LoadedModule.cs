using System.Buffers.Binary;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx;

/// <summary>A module whose variables have addresses in a machine.</summary>
public sealed class LoadedModule : IDisposable
{
    private readonly PtxMachine _machine;
    private readonly Dictionary<string, ulong> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoadedKernel> _kernels = new(StringComparer.Ordinal);

    internal LoadedModule(PtxMachine machine, PtxModule module)
    {
        Module = module;
        _machine = machine;
        var allocations = new List<(Variable Variable, Allocation Allocation)>();
        foreach (Variable variable in AllVariables(module.Syntax))
        {
            if (variable.IsExtern) continue;
            Allocation allocation = machine.Memory.Add(Math.Max(variable.Bytes, 1), variable.Name, variable.Space == StateSpace.Constant);
            if (!_variables.TryAdd(variable.Name, allocation.Address))
                throw new PtxParseException(variable.Line, $"variable '{variable.Name}' is defined twice");
            allocations.Add((variable, allocation));
        }

        foreach ((Variable variable, Allocation allocation) in allocations) Initialise(variable, allocation);
        foreach (KernelDeclaration kernel in module.Kernels)
        {
            var loaded = new LoadedKernel(this, kernel);
            loaded.Decode(machine.Options);
            _kernels.Add(kernel.Name, loaded);
        }
    }

    /// <summary>The module.</summary>
    public PtxModule Module { get; }

    /// <summary>The kernels by name.</summary>
    public IReadOnlyDictionary<string, LoadedKernel> Kernels => _kernels;

    /// <summary>The device addresses of the .global and .const variables by name.</summary>
    public IReadOnlyDictionary<string, ulong> Variables => _variables;

    /// <summary>A kernel by name.</summary>
    /// <param name="name">The name in the PTX.</param>
    /// <exception cref="ArgumentException">The module has no such kernel; the message names those it has.</exception>
    public LoadedKernel this[string name] => _kernels.TryGetValue(name, out LoadedKernel? kernel)
        ? kernel
        : throw new ArgumentException($"There is no kernel '{name}' among {string.Join(", ", _kernels.Keys)}.", nameof(name));

    /// <summary>Frees the variables; the kernels must not be launched any more. A module may also be left to its machine.</summary>
    public void Dispose()
    {
        foreach (ulong address in _variables.Values)
            if (_machine.Memory.Find(address) is { IsFreed: false }) _machine.Memory.Free(address);
        _variables.Clear();
    }

    private static IEnumerable<Variable> AllVariables(ModuleSyntax syntax) =>
        syntax.Variables.Concat(syntax.Functions.SelectMany(f => f.Variables)).Where(v =>
            v.Space is StateSpace.Global or StateSpace.Constant);

    private unsafe void Initialise(Variable variable, Allocation allocation)
    {
        var memory = new Span<byte>(allocation.Host, (int)allocation.Bytes);
        variable.Initial?.CopyTo(memory);
        foreach (Relocation relocation in variable.Relocations)
        {
            if (relocation.Bytes != 8 || !_variables.TryGetValue(relocation.Symbol, out ulong address))
                throw new PtxParseException(relocation.Line, $"'{relocation.Symbol}' is not a variable whose address can stand here");
            BinaryPrimitives.WriteUInt64LittleEndian(memory[relocation.Offset..], address + (ulong)relocation.Addend);
        }
    }
}

/// <summary>A kernel of a loaded module, decoded once for each setting of its approximate instructions.</summary>
public sealed class LoadedKernel
{
    private readonly LoadedModule _module;
    private readonly Dictionary<(string Kernel, Approximation Approximation, int Seed), Execution.Program> _programs;
    private Execution.Program? _first;

    internal LoadedKernel(LoadedModule module, KernelDeclaration declaration)
    {
        _module = module;
        _programs = module.Variables.Count == 0 ? module.Module.Programs : [];
        Declaration = declaration;
    }

    /// <summary>What the module says about it.</summary>
    public KernelDeclaration Declaration { get; }

    /// <summary>The name.</summary>
    public string Name => Declaration.Name;

    /// <summary>Static shared memory of a block, in bytes.</summary>
    public int StaticSharedBytes => _first!.StaticSharedBytes;

    /// <summary>Local memory of a thread, in bytes.</summary>
    public int LocalBytes => _first!.LocalBytes;

    internal Execution.Program Decode(MachineOptions options)
    {
        var key = (Name, options.Approximation, Seed: options.Approximation == Approximation.Seeded ? options.Seed : 0);
        lock (_programs)
        {
            if (_programs.TryGetValue(key, out Execution.Program? program))
            {
                _first ??= program;
                return program;
            }

            var builder = new Decoding.ProgramBuilder(
                _module.Module.Syntax, name =>
                    _module.Variables.TryGetValue(name, out ulong address) ? address
                        : null, new Approximator(key.Approximation, key.Seed));
            program = builder.Build(Declaration.Function);
            _first ??= program;
            _programs.Add(key, program);
            return program;
        }
    }
}
