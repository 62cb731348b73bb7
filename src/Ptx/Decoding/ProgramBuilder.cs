using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>Decodes a kernel and the functions it calls into a <see cref="Program"/>: lays out registers, memory and code.</summary>
internal sealed class ProgramBuilder(ModuleSyntax module, Func<string, ulong?> globalAddress, Approximator approximator)
{
    private readonly Dictionary<Register, Slot> _registers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(ulong Bits, int Stride), Slot> _constants = [];
    private readonly Dictionary<(string Name, int Stride), Slot> _specials = [];
    private readonly Dictionary<Variable, ulong> _addresses = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Offset, int Stride, long Addend)> _dynamicShared = [];
    private readonly List<(int Offset, int Stride, ulong Bits)> _constantList = [];
    private readonly List<(int Offset, int Stride, string Name)> _specialList = [];
    private long _registerBytes = Program.FirstOffset;
    private long _sharedBytes;
    private long _localBytes;
    private long _callBytes;
    private int _dynamicAlign = 16;

    public Approximator Approximator => approximator;

    public ModuleSyntax Module => module;

    public bool HasGlobalAtomics { get; set; }

    public int AccessCount { get; set; }

    public static int StrideOf(PtxType type) => type.Bits == 64 ? 8 : 4;

    public Program Build(Function kernel)
    {
        List<Function> functions = Reachable(kernel);
        foreach (Function function in functions)
            foreach (Register register in function.Registers) _registers.Add(register, Reserve(register.Type));
        if (_registerBytes > 1 << 24) throw new PtxParseException(kernel.Line, $"kernel '{kernel.Name}' has too many registers");
        int clearedTo = (int)_registerBytes;
        int parameterBytes = Parameters(kernel);
        foreach (Function function in functions.Skip(1))
            foreach (Formal formal in function.Parameters.Concat(function.Results))
                if (formal.Variable is { } variable) _addresses[variable] =
                    Program.CallParameterBase + (ulong)Place(ref _callBytes, variable);

        var code = new List<Op>();
        var entries = new Dictionary<Function, int>(ReferenceEqualityComparer.Instance);
        foreach (Function function in functions)
        {
            entries.Add(function, code.Count);
            new FunctionDecoder(this, function, ReferenceEquals(function, kernel)).Decode(code);
        }

        foreach (Op op in code)
            if (op is Call call) call.Target = entries[call.Callee];
        int dynamicOffset = (int)((_sharedBytes + _dynamicAlign - 1) / _dynamicAlign * _dynamicAlign);
        foreach ((int offset, int stride, long addend) in _dynamicShared)
            _constantList.Add((offset, stride, (ulong)(dynamicOffset + addend)));
        return new Program
        {
            Name = kernel.Name,
            Code = [.. code],
            Entry = 0,
            RegisterBytes = (int)_registerBytes,
            ClearedTo = clearedTo,
            Constants = _constantList,
            Specials = _specialList,
            StaticSharedBytes = (int)_sharedBytes,
            DynamicSharedOffset = dynamicOffset,
            LocalBytes = (int)((_localBytes + 15) / 16 * 16),
            CallParameterBytes = (int)((_callBytes + 15) / 16 * 16),
            ParameterBytes = parameterBytes,
            AccessCount = AccessCount,
            ConstantBytes = module.Variables.Where(v => v.Space == StateSpace.Constant).Sum(v => v.Bytes),
            HasGlobalAtomics = HasGlobalAtomics,
            Files = module.Files,
        };
    }

    public Slot SlotOf(Register register) => _registers[register];

    /// <summary>A slot that no name refers to.</summary>
    public Slot Reserve(PtxType type)
    {
        int stride = StrideOf(type);
        var slot = new Slot((int)Math.Min(_registerBytes, int.MaxValue), stride);
        // Predicates take a whole vector too: it keeps every register aligned for the vectors.
        _registerBytes += type.Kind == PtxTypeKind.Predicate ? 32 : 32 * stride;
        return slot;
    }

    public Slot Constant(ulong bits, int stride)
    {
        if (_constants.TryGetValue((bits, stride), out Slot slot)) return slot;
        slot = Reserve(stride == 8 ? PtxType.U64 : PtxType.U32);
        _constants.Add((bits, stride), slot);
        _constantList.Add((slot.Offset, stride, bits));
        return slot;
    }

    public Slot Special(string name, int stride)
    {
        if (_specials.TryGetValue((name, stride), out Slot slot)) return slot;
        slot = Reserve(stride == 8 ? PtxType.U64 : PtxType.U32);
        _specials.Add((name, stride), slot);
        _specialList.Add((slot.Offset, stride, name));
        return slot;
    }

    /// <summary>Where a variable lies in its space; null for the dynamic shared array, whose place is known last.</summary>
    public ulong? AddressOf(Variable variable, Instruction instruction)
    {
        if (_addresses.TryGetValue(variable, out ulong address)) return address;
        switch (variable.Space)
        {
            case StateSpace.Shared when variable.IsExtern:
                _dynamicAlign = Math.Max(_dynamicAlign, variable.Align);
                return null;
            case StateSpace.Shared:
                address = (ulong)Place(ref _sharedBytes, variable);
                break;
            case StateSpace.Local:
                address = (ulong)Place(ref _localBytes, variable);
                break;
            case StateSpace.Parameter:
                address = Program.CallParameterBase + (ulong)Place(ref _callBytes, variable);
                break;
            default:
                address = globalAddress(variable.Name) ?? throw instruction.Error($"variable '{variable.Name}' is declared, not defined");
                break;
        }

        _addresses.Add(variable, address);
        return address;
    }

    public Slot DynamicShared(long addend, int stride)
    {
        Slot slot = Reserve(stride == 8 ? PtxType.U64 : PtxType.U32);
        _dynamicShared.Add((slot.Offset, stride, addend));
        return slot;
    }

    private static long Place(ref long next, Variable variable)
    {
        long at = (next + variable.Align - 1) / variable.Align * variable.Align;
        next = at + variable.Bytes;
        // 512 KiB of local memory are the most a thread of a GPU has; the others have far less.
        if (next > (variable.Space == StateSpace.Shared ? (long)MemoryOp.WindowBytes / 2 : 512 * 1024))
            throw new PtxParseException(variable.Line, $"variable '{variable.Name}' is too large for its state space");
        return at;
    }

    private int Parameters(Function kernel)
    {
        long next = 0;
        foreach (Formal formal in kernel.Parameters)
        {
            if (formal.Variable is not { } variable) throw new PtxParseException(kernel.Line, "a kernel's parameters are in .param space");
            _addresses[variable] = (ulong)Place(ref next, variable);
        }

        return next < (long)Program.CallParameterBase ? (int)next
            : throw new PtxParseException(kernel.Line, "the parameters are too large");
    }

    // The kernel first. A function that can call itself would need a stack for its registers: compilers emit none for such kernels.
    private List<Function> Reachable(Function kernel)
    {
        var done = new List<Function>();
        var path = new List<Function>();
        Visit(kernel, null);
        done.Reverse();
        return done;

        void Visit(Function function, Instruction? call)
        {
            if (path.Contains(function)) throw call!.Error($"recursion ('{function.Name}' calls itself) is not supported");
            if (path.Count > 64) throw call!.Error("calls are nested too deeply");
            if (done.Contains(function)) return;
            path.Add(function);
            foreach (Instruction instruction in function.Body)
            {
                if (instruction.Opcode == "call") Visit(ControlDecoder.Callee(instruction, module), instruction);
            }

            path.RemoveAt(path.Count - 1);
            done.Add(function);
        }
    }
}
