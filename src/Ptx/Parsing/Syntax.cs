namespace AlexNetCuda.Ptx.Parsing;

/// <summary>PTX's state spaces (PTX ISA, "State Spaces"); Generic where an instruction names none.</summary>
internal enum StateSpace
{
    Generic,
    Global,
    Shared,
    Local,
    Constant,
    Parameter,
}

/// <summary>A virtual register as declared.</summary>
internal sealed record Register(string Name, PtxType Type, int Index);

/// <summary>A pointer inside an initialiser: the address of a variable (or function) plus an offset.</summary>
internal sealed record Relocation(int Offset, string Symbol, long Addend, bool Generic, int Bytes, int Line);

/// <summary>A variable in memory. Bytes is 0 for an unsized extern array (dynamic shared memory).</summary>
internal sealed class Variable
{
    public required string Name { get; init; }
    public required StateSpace Space { get; init; }
    public required PtxType Type { get; init; }
    public required int Line { get; init; }
    public int Align { get; init; }
    public long Bytes { get; set; }
    public bool IsExtern { get; init; }
    public bool IsArray { get; init; }
    public byte[]? Initial { get; set; }
    public List<Relocation> Relocations { get; } = [];
}

internal abstract record Operand;

internal sealed record RegisterOperand(Register Register, bool Negated) : Operand;

/// <summary>%tid.x and the like, with the component in the name.</summary>
internal sealed record SpecialOperand(string Name) : Operand;

internal enum ImmediateKind { Integer, Single, Double }

internal sealed record ImmediateOperand(ulong Bits, ImmediateKind Kind) : Operand;

internal sealed record VariableOperand(Variable Variable, long Offset) : Operand;

/// <summary>A label, function or table by name; Target is the instruction index once a label is found.</summary>
internal sealed record NameOperand(string Name) : Operand
{
    public int Target { get; set; } = -1;
}

/// <summary>[base + offset]; Base is a register, a variable or an immediate.</summary>
internal sealed record AddressOperand(Operand Base, long Offset) : Operand;

/// <summary>{a, b, c, d}</summary>
internal sealed record VectorOperand(Operand[] Elements) : Operand;

/// <summary>p|q</summary>
internal sealed record PairOperand(Operand First, Operand Second) : Operand;

/// <summary>(a, b) of a call.</summary>
internal sealed record ListOperand(Operand[] Elements) : Operand;

/// <summary>_ : a result nobody wants.</summary>
internal sealed record SinkOperand : Operand;

/// <summary>A place in a source file: the index of a .file directive and a line; 0 where there is no line information.</summary>
internal readonly record struct SourceLine(int File, int Line);

/// <summary>One instruction as written.</summary>
internal sealed class Instruction
{
    public required string Opcode { get; init; }
    public required string[] Modifiers { get; init; }
    public required int Line { get; init; }
    public required SourceLine Source { get; init; }
    public Register? Guard { get; init; }
    public bool GuardNegated { get; init; }
    public required List<Operand> Operands { get; init; }

    public string Text => Opcode + string.Concat(Modifiers);

    public bool Has(string modifier) => Array.IndexOf(Modifiers, modifier) >= 0;

    public PtxParseException Error(string reason) => new(Line, reason, Text);
}

/// <summary>A formal parameter or result of a function: a variable in .param space, or a register in the old style.</summary>
internal sealed record Formal(Variable? Variable, Register? Register);

/// <summary>A kernel or device function as parsed.</summary>
internal sealed class Function
{
    public required string Name { get; init; }
    public required bool IsKernel { get; init; }
    public required int Line { get; init; }
    public List<Formal> Parameters { get; } = [];
    public List<Formal> Results { get; } = [];
    public List<Register> Registers { get; } = [];
    public List<Variable> Variables { get; } = [];
    public List<Instruction> Body { get; } = [];
    public Dictionary<string, NameOperand[]> Tables { get; } = new(StringComparer.Ordinal);
    public bool IsDefined { get; set; }
    public int[]? MaximumThreads { get; set; }
    public int[]? RequiredThreads { get; set; }
}
