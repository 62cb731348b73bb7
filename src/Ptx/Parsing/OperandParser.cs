namespace AlexNetCuda.Ptx.Parsing;

/// <summary>Parses operands (PTX ISA, "Instruction Operands").</summary>
internal sealed class OperandParser(TokenCursor cursor, Scope scope, List<Register> registers, Func<string, NameOperand> makeName)
{
    public Operand Parse()
    {
        Operand first = Simple();
        return cursor.Take('|') ? new PairOperand(first, Simple()) : first;
    }

    private Operand Simple()
    {
        Token token = cursor.Peek;
        if (cursor.Take('[')) return Address();
        if (cursor.Take('{')) return new VectorOperand(Several('}'));
        if (cursor.Take('(')) return new ListOperand(Several(')'));
        if (cursor.Take('!'))
        {
            return cursor.Peek.Kind == TokenKind.Name && Named() is RegisterOperand { Register.Type.Kind: PtxTypeKind.Predicate } predicate
                ? predicate with { Negated = true }
                : throw new PtxParseException(token.Line, "'!' stands only before a predicate");
        }

        if (cursor.Take('-')) return Negative(token.Line);
        return token.Kind switch
        {
            TokenKind.Integer => Immediate(ImmediateKind.Integer),
            TokenKind.Single => Immediate(ImmediateKind.Single),
            TokenKind.Double => Immediate(ImmediateKind.Double),
            TokenKind.Name => Named(),
            _ => throw cursor.Error($"expected an operand, found {token}"),
        };
    }

    private Operand[] Several(char close)
    {
        var list = new List<Operand>();
        if (cursor.Take(close)) return [];
        do
        {
            // Braces and brackets do not nest in PTX's operand lists, which also bounds the recursion.
            if (cursor.Peek.Is('{') || cursor.Peek.Is('(')) throw cursor.Error($"unexpected {cursor.Peek} in a list");
            list.Add(Simple());
        }
        while (cursor.Take(','));
        cursor.Expect(close);
        return [.. list];
    }

    private ImmediateOperand Immediate(ImmediateKind kind) => new(cursor.Next().Bits, kind);

    private ImmediateOperand Negative(int line)
    {
        Token token = cursor.Next();
        return token.Kind switch
        {
            TokenKind.Integer => new ImmediateOperand(0 - token.Bits, ImmediateKind.Integer),
            TokenKind.Single => new ImmediateOperand(token.Bits ^ 0x8000_0000, ImmediateKind.Single),
            TokenKind.Double => new ImmediateOperand(token.Bits ^ (1UL << 63), ImmediateKind.Double),
            _ => throw new PtxParseException(line, $"expected a number after '-', found {token}"),
        };
    }

    private Operand Named()
    {
        Token token = cursor.Next();
        string name = token.Text;
        if (name == "_") return new SinkOperand();
        if (name == "WARP_SZ") return new ImmediateOperand(32, ImmediateKind.Integer);
        if (scope.FindRegister(name, registers) is { } register) return new RegisterOperand(register, false);
        if (name[0] == '%')
        {
            if (cursor.Peek.Kind == TokenKind.Dotted) name += cursor.Next().Text;
            if (SpecialRegisters.Exists(name)) return new SpecialOperand(name);
            throw new PtxParseException(token.Line, $"there is no register '{name}'");
        }

        if (scope.FindVariable(name) is { } variable) return new VariableOperand(variable, Offset());
        return makeName(name);
    }

    private long Offset()
    {
        long offset = 0;
        while (cursor.Peek.Is('+') || cursor.Peek.Is('-'))
        {
            bool minus = cursor.Next().Is('-');
            if (cursor.Take('-')) minus = !minus;
            long value = (long)cursor.Expect(TokenKind.Integer, "an offset").Bits;
            offset += minus ? -value : value;
        }

        return offset;
    }

    private AddressOperand Address()
    {
        Token token = cursor.Peek;
        Operand start = token.Kind switch
        {
            TokenKind.Integer => Immediate(ImmediateKind.Integer),
            TokenKind.Name => Named(),
            _ => throw cursor.Error($"expected an address, found {token}"),
        };
        if (start is not (ImmediateOperand or RegisterOperand or VariableOperand))
            throw new PtxParseException(token.Line, $"'{token.Text}' is not an address: nothing of this name is declared");
        long offset = Offset();
        cursor.Expect(']');
        return new AddressOperand(start, offset);
    }
}

/// <summary>The special registers this machine has (PTX ISA, "Special Registers").</summary>
internal static class SpecialRegisters
{
    private static readonly HashSet<string> s_names = new(StringComparer.Ordinal)
    {
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z",
        "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
        "%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%gridid",
        "%lanemask_eq", "%lanemask_le", "%lanemask_lt", "%lanemask_ge", "%lanemask_gt",
        "%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi",
        "%dynamic_smem_size", "%total_smem_size",
    };

    public static bool Exists(string name) => s_names.Contains(name);
}
