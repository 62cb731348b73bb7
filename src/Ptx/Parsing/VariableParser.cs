using System.Buffers.Binary;

namespace AlexNetCuda.Ptx.Parsing;

/// <summary>Declarations of variables and their initialisers (PTX ISA, "Variables").</summary>
internal static class VariableParser
{
    // Larger than any statically declared array of a real kernel, small enough to allocate without thinking.
    private const long MaximumBytes = 1L << 28;

    public static bool TryTakeSpace(TokenCursor cursor, out StateSpace space)
    {
        space = cursor.Peek.Kind != TokenKind.Dotted ? StateSpace.Generic : cursor.Peek.Text switch
        {
            ".global" => StateSpace.Global,
            ".shared" => StateSpace.Shared,
            ".local" => StateSpace.Local,
            ".const" => StateSpace.Constant,
            ".param" => StateSpace.Parameter,
            _ => StateSpace.Generic,
        };
        if (space == StateSpace.Generic) return false;
        cursor.Next();
        return true;
    }

    /// <summary>What follows the state space: alignment, vector, type, name, array extents and initialiser, without the
    /// semicolon.</summary>
    public static Variable Parse(TokenCursor cursor, StateSpace space, bool isExtern)
    {
        int line = cursor.Line, align = 0, vector = 1;
        PtxType type;
        while (true)
        {
            if (cursor.Take(".align")) align = cursor.ExpectCount("an alignment");
            else if (cursor.Take(".ptr")) SkipPointerState(cursor);
            else if (cursor.Take(".v2")) vector = 2;
            else if (cursor.Take(".v4")) vector = 4;
            else if (cursor.Take(".attribute")) throw cursor.Error("'.attribute' (managed memory) is not supported");
            else break;
        }

        Token typeToken = cursor.Expect(TokenKind.Dotted, "a type");
        if (!PtxType.TryParse(typeToken.Text, out type) || type.Kind == PtxTypeKind.Predicate)
            throw new PtxParseException(typeToken.Line, $"'{typeToken.Text}' is not the type of a variable");
        while (cursor.Peek.Kind == TokenKind.Dotted)
        {
            // Kernel parameters write .u64 .ptr .global .align 4.
            if (cursor.Take(".ptr")) SkipPointerState(cursor);
            else if (cursor.Take(".align")) cursor.ExpectCount("an alignment");
            else throw cursor.Error($"unexpected {cursor.Peek} in a declaration");
        }

        if (align != 0 && !System.Numerics.BitOperations.IsPow2(align))
            throw new PtxParseException(line, $"an alignment of {align} is not a power of two");
        string name = cursor.ExpectName("a variable's name");
        long count = vector;
        bool isArray = false, unsized = false;
        while (cursor.Take('['))
        {
            isArray = true;
            if (cursor.Take(']'))
            {
                unsized = true;
                continue;
            }

            count *= cursor.ExpectCount("an array's extent");
            cursor.Expect(']');
            if (count * type.Bytes > MaximumBytes)
                throw new PtxParseException(line, $"variable '{name}' is larger than {MaximumBytes} bytes");
        }

        var variable = new Variable
        {
            Name = name,
            Space = space,
            Type = type,
            Line = line,
            Align = Math.Max(align, type.Bytes * vector),
            Bytes = unsized ? 0 : count * type.Bytes,
            IsArray = isArray,
            IsExtern = isExtern,
        };
        if (align != 0 && align < type.Bytes) throw new PtxParseException(line, $"variable '{name}' is aligned less than its type");
        if (cursor.Take('=')) Initialise(cursor, variable, unsized);
        return variable;
    }

    private static void SkipPointerState(TokenCursor cursor)
    {
        TryTakeSpace(cursor, out _);
        if (cursor.Take(".align")) cursor.ExpectCount("an alignment");
    }

    private static void Initialise(TokenCursor cursor, Variable variable, bool unsized)
    {
        if (variable.Space is not (StateSpace.Global or StateSpace.Constant))
            throw cursor.Error($"variable '{variable.Name}' cannot have an initialiser in its state space");
        var bytes = new List<byte>();
        if (cursor.Peek.Is('{')) List(cursor, variable, bytes);
        else Element(cursor, variable, bytes);
        if (unsized) variable.Bytes = bytes.Count;
        if (bytes.Count > variable.Bytes) throw cursor.Error($"variable '{variable.Name}' has more initial values than room");
        variable.Initial = bytes.ToArray();
    }

    private static void List(TokenCursor cursor, Variable variable, List<byte> bytes)
    {
        // Nested lists need no recursion: values follow each other in memory, and a short row is refused below.
        int depth = 0;
        do
        {
            if (cursor.Take('{')) depth++;
            else if (cursor.Take('}')) depth--;
            else if (cursor.Take(',')) continue;
            else Element(cursor, variable, bytes);
        }
        while (depth > 0);
    }

    private static void Element(TokenCursor cursor, Variable variable, List<byte> bytes)
    {
        int line = cursor.Line;
        bool negative = cursor.Take('-');
        Token token = cursor.Next();
        int width = variable.Type.Bytes;
        ulong bits;
        switch (token.Kind)
        {
            case TokenKind.Integer when variable.Type.IsFloat:
                bits = FloatBits(variable.Type, negative ? -(double)token.Bits : token.Bits, token);
                break;
            case TokenKind.Integer:
                bits = negative ? 0 - token.Bits : token.Bits;
                break;
            case TokenKind.Single:
                bits = FloatBits(variable.Type, Sign(negative, BitConverter.UInt32BitsToSingle((uint)token.Bits)), token);
                break;
            case TokenKind.Double:
                bits = FloatBits(variable.Type, Sign(negative, BitConverter.UInt64BitsToDouble(token.Bits)), token);
                break;
            case TokenKind.Name:
                Pointer(cursor, variable, token, bytes);
                return;
            default:
                throw new PtxParseException(line, $"expected an initial value, found {token}");
        }

        Append(bytes, bits, width, line);
    }

    private static double Sign(bool negative, double value) => negative ? -value : value;

    private static ulong FloatBits(PtxType type, double value, Token token) => type switch
    {
        { Kind: PtxTypeKind.Float, Bits: 64 } => BitConverter.DoubleToUInt64Bits(value),
        { Kind: PtxTypeKind.Float, Bits: 32 } => BitConverter.SingleToUInt32Bits((float)value),
        { Kind: PtxTypeKind.Float, Bits: 16 } => BitConverter.HalfToUInt16Bits((Half)value),
        // A .b32 may be given as 0f...: its bits, not its value.
        _ when token.Kind != TokenKind.Integer => token.Bits,
        _ => throw new PtxParseException(token.Line, $"'{token.Text}' cannot initialise a {type}"),
    };

    // table = { other, other+8, generic(other) }; also 0xFF(other) to take a byte is not something these compilers emit.
    private static void Pointer(TokenCursor cursor, Variable variable, Token token, List<byte> bytes)
    {
        string symbol = token.Text;
        bool generic = symbol == "generic" && cursor.Peek.Is('(');
        if (generic)
        {
            cursor.Expect('(');
            symbol = cursor.ExpectName("a variable's name");
            cursor.Expect(')');
        }

        long addend = 0;
        if (cursor.Peek.Is('+') || cursor.Peek.Is('-'))
        {
            bool minus = cursor.Next().Is('-');
            addend = cursor.ExpectCount("an offset");
            if (minus) addend = -addend;
        }

        variable.Relocations.Add(new Relocation(bytes.Count, symbol, addend, generic, variable.Type.Bytes, token.Line));
        Append(bytes, 0, variable.Type.Bytes, token.Line);
    }

    private static void Append(List<byte> bytes, ulong bits, int width, int line)
    {
        if (bytes.Count + width > MaximumBytes) throw new PtxParseException(line, "the initialiser is too long");
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, bits);
        for (int i = 0; i < width; i++) bytes.Add(buffer[i]);
    }
}
