using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>Decodes one function: turns operands into slots, and hands each instruction to the decoder of its family.</summary>
internal sealed class FunctionDecoder(ProgramBuilder builder, Function function, bool isKernel)
{
    private List<Op> _code = [];
    private Instruction _instruction = null!;

    public ProgramBuilder Builder => builder;

    public Function Function => function;

    public bool IsKernel => isKernel;

    public void Decode(List<Op> code)
    {
        _code = code;
        var graph = new ControlGraph(function);
        var places = new int[function.Body.Count + 1];
        int start = code.Count;
        for (int i = 0; i < function.Body.Count; i++)
        {
            places[i] = code.Count;
            _instruction = function.Body[i];
            int first = code.Count;
            Dispatch(_instruction);
            for (int pc = first; pc < code.Count; pc++) Finish(code[pc]);
        }

        places[^1] = code.Count;
        _instruction = new Instruction
        {
            Opcode = "ret",
            Modifiers = [],
            Operands = [],
            Line = function.Body.Count > 0 ? function.Body[^1].Line : function.Line,
            Source = default,
        };
        Emit(isKernel ? new Exit() : new Return());
        Finish(code[^1]);
        for (int i = 0; i < function.Body.Count; i++)
        {
            for (int pc = places[i]; pc < places[i + 1]; pc++)
            {
                if (code[pc] is not ILinked linked) continue;
                int join = graph.Reconvergence(i);
                linked.Link(t => places[t], join == Flow.Nowhere ? Flow.Nowhere : places[join]);
            }
        }

        foreach (int target in Targets())
            if (places[target] > start) code[places[target] - 1].EndsBlock = true;
    }

    public void Emit(Op op) => _code.Add(op);

    /// <summary>A place to read an operand of a type from.</summary>
    /// <param name="operand">A register, number, special register or address.</param>
    /// <param name="type">How the instruction reads it.</param>
    /// <param name="wider">Whether the register may be wider than the type (ld, st, cvt).</param>
    public Slot Source(Operand operand, PtxType type, bool wider = false)
    {
        switch (operand)
        {
            case RegisterOperand { Register: var register }:
                CheckWidth(register, type, wider);
                return builder.SlotOf(register);
            case ImmediateOperand immediate:
                return builder.Constant(Bits(immediate, type), ProgramBuilder.StrideOf(type));
            case SpecialOperand special:
                return SpecialSource(special.Name, type);
            case VariableOperand variable:
                if (type.Bits != 64 && !(type.Bits == 32 && variable.Variable.Space is StateSpace.Shared or StateSpace.Local))
                    throw Error($"an address does not fit in {type}");
                return AddressSlot(variable, ProgramBuilder.StrideOf(type));
            default:
                throw Error($"this operand cannot be a source: {Describe(operand)}");
        }
    }

    /// <summary>A place to write a result of a type to.</summary>
    public Slot Destination(Operand operand, PtxType type, bool wider = false)
    {
        switch (operand)
        {
            case RegisterOperand { Negated: false, Register: var register }:
                CheckWidth(register, type, wider);
                return builder.SlotOf(register);
            case SinkOperand:
                return new Slot(Program.SinkOffset, ProgramBuilder.StrideOf(type));
            default:
                throw Error($"this operand cannot be a result: {Describe(operand)}");
        }
    }

    /// <summary>A predicate to read: its offset, and all ones if it is negated.</summary>
    public (int Offset, uint Flip) Predicate(Operand operand) => operand switch
    {
        RegisterOperand { Register.Type.Kind: PtxTypeKind.Predicate } predicate =>
            (builder.SlotOf(predicate.Register).Offset, predicate.Negated ? uint.MaxValue : 0),
        ImmediateOperand { Kind: ImmediateKind.Integer, Bits: var bits } => (Program.TrueOffset, bits != 0 ? 0 : uint.MaxValue),
        _ => throw Error($"expected a predicate, found {Describe(operand)}"),
    };

    /// <summary>A predicate to write; the sink for "_".</summary>
    public int PredicateResult(Operand operand) =>
        operand is SinkOperand ? Program.SinkOffset
            : operand is RegisterOperand { Negated: false } ? Predicate(operand).Offset
            : throw Error($"this operand cannot be a result: {Describe(operand)}");

    public Operand Operand(int index) =>
        index < _instruction.Operands.Count ? _instruction.Operands[index] : throw Error($"operand {index + 1} is missing");

    public void ExpectOperands(int least, int most)
    {
        int count = _instruction.Operands.Count;
        if (count < least || count > most)
            throw Error($"{count} operands, where it takes {(least == most ? $"{least}" : $"{least} to {most}")}");
    }

    public PtxParseException Error(string reason) => _instruction.Error(reason);

    /// <summary>Base, displacement and state of a memory operand.</summary>
    public (Slot Base, long Displacement) Address(Operand operand)
    {
        if (operand is not AddressOperand address) throw Error($"expected an address in brackets, found {Describe(operand)}");
        switch (address.Base)
        {
            case RegisterOperand { Register: var register }:
                if (register.Type.Bits is not (32 or 64) || register.Type.IsFloat) throw Error($"'{register.Name}' cannot hold an address");
                return (builder.SlotOf(register), address.Offset);
            case ImmediateOperand { Bits: var bits }:
                return (Zero, (long)bits + address.Offset);
            case VariableOperand variable:
                long offset = variable.Offset + address.Offset;
                ulong? at = builder.AddressOf(variable.Variable, _instruction);
                return at is { } known ? (Zero, (long)known + offset) : (builder.DynamicShared(0, 8), offset);
            default:
                throw Error("this is not an address");
        }
    }

    public Slot Zero => builder.Constant(0, 8);

    /// <summary>The bits of a number as an instruction of a type reads it.</summary>
    public ulong Bits(ImmediateOperand immediate, PtxType type)
    {
        ulong bits = immediate.Kind switch
        {
            ImmediateKind.Integer when type.IsFloat && type.Bits != 16 => throw Error($"an integer cannot be an operand of type {type}"),
            ImmediateKind.Integer => immediate.Bits,
            ImmediateKind.Single when type.Bits == 32 => immediate.Bits,
            ImmediateKind.Double when type.Bits == 64 => immediate.Bits,
            ImmediateKind.Double when type == PtxType.F32 =>
                BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(immediate.Bits)),
            ImmediateKind.Single when type == PtxType.F64 =>
                BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)immediate.Bits)),
            _ => throw Error($"a floating-point number cannot be an operand of type {type}"),
        };
        return type.Bits switch
        {
            64 => bits,
            32 => (uint)bits,
            16 => (ushort)bits,
            _ => (byte)bits,
        };
    }

    private void Dispatch(Instruction instruction)
    {
        if (!MoveDecoder.TryDecode(this, instruction)
            && !IntegerDecoder.TryDecode(this, instruction)
            && !FloatDecoder.TryDecode(this, instruction)
            && !HalfDecoder.TryDecode(this, instruction)
            && !CompareDecoder.TryDecode(this, instruction)
            && !ConvertDecoder.TryDecode(this, instruction)
            && !MemoryDecoder.TryDecode(this, instruction)
            && !ControlDecoder.TryDecode(this, instruction)
            && !WarpDecoder.TryDecode(this, instruction))
            throw instruction.Error("this instruction is not supported");
    }

    private void Finish(Op op)
    {
        op.Source = _instruction;
        if (_instruction.Guard is { } guard)
        {
            op.Guard = builder.SlotOf(guard).Offset;
            op.GuardFlip = _instruction.GuardNegated ? uint.MaxValue : 0;
        }

        if (op is ControlOp) op.EndsBlock = true;
    }

    private IEnumerable<int> Targets() =>
        function.Body.SelectMany(i => i.Operands).OfType<NameOperand>().Concat(function.Tables.Values.SelectMany(t => t))
            .Where(n => n.Target >= 0).Select(n => n.Target);

    private Slot AddressSlot(VariableOperand operand, int stride)
    {
        ulong? at = builder.AddressOf(operand.Variable, _instruction);
        return at is { } known ? builder.Constant(known + (ulong)operand.Offset, stride) : builder.DynamicShared(operand.Offset, stride);
    }

    private Slot SpecialSource(string name, PtxType type)
    {
        if (!type.IsInteger || type.Bits == 8) throw Error($"'{name}' cannot be read as {type}");
        int stride = ProgramBuilder.StrideOf(type);
        if (!name.StartsWith("%clock", StringComparison.Ordinal) && !name.StartsWith("%globaltimer", StringComparison.Ordinal))
            return builder.Special(name, stride);
        Slot slot = builder.Reserve(type);
        Emit(new ClockOp(slot));
        return slot;
    }

    private void CheckWidth(Register register, PtxType type, bool wider)
    {
        int bits = register.Type.Bits;
        if (bits == type.Bits || (wider && bits > type.Bits && bits != 1)) return;
        throw Error($"register '{register.Name}' is {register.Type}, the instruction wants {type}");
    }

    private static string Describe(Operand operand) => operand switch
    {
        NameOperand name => $"'{name.Name}', which is not declared here",
        RegisterOperand register => $"'{register.Register.Name}'",
        ImmediateOperand => "a number",
        SinkOperand => "'_'",
        VectorOperand => "a vector",
        PairOperand => "a pair",
        AddressOperand => "an address in brackets",
        ListOperand => "a list",
        VariableOperand variable => $"the address of '{variable.Variable.Name}'",
        SpecialOperand special => $"'{special.Name}'",
        _ => operand.ToString(),
    };
}
