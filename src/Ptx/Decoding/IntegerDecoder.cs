using System.Numerics;
using System.Runtime.CompilerServices;
using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>Integer arithmetic, logic and shifts (PTX ISA, "Integer Arithmetic Instructions", "Logic and Shift Instructions").</summary>
internal static class IntegerDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction instruction)
    {
        if (BitFieldDecoder.TryDecode(d, instruction)) return true;
        if (instruction.Opcode is "add" or "sub" or "mul" or "mad" or "div" or "rem" or "abs" or "neg" or "min" or "max" or "sad"
            or "mul24" or "mad24" or "shl" or "shr" or "and" or "or" or "xor" or "not" or "cnot" or "addc" or "subc" or "madc")
        {
            PtxType type = Modifiers.OnlyType(instruction);
            if (type.Kind == PtxTypeKind.Predicate) return Logic(d, instruction);
            if (!type.IsInteger) return false;
            if (CarryDecoder.TryDecode(d, instruction, type)) return true;
            switch (type)
            {
                case { Bits: 16, Kind: PtxTypeKind.Signed }: return Decode<short>(d, instruction, type);
                case { Bits: 16 }: return Decode<ushort>(d, instruction, type);
                case { Bits: 32, Kind: PtxTypeKind.Signed }: return Decode<int>(d, instruction, type);
                case { Bits: 32 }: return Decode<uint>(d, instruction, type);
                case { Bits: 64, Kind: PtxTypeKind.Signed }: return Decode<long>(d, instruction, type);
                case { Bits: 64 }: return Decode<ulong>(d, instruction, type);
                default: throw instruction.Error($"it has no type {type}");
            }
        }

        return false;
    }

    private static bool Decode<T>(FunctionDecoder d, Instruction i, PtxType type)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        Modifiers.Allow(i, ".lo", ".hi", ".wide", ".sat");
        switch (i.Opcode)
        {
            case "add" when i.Has(".sat"): return Two<T>(d, type, AddSaturated);
            case "sub" when i.Has(".sat"): return Two<T>(d, type, SubtractSaturated);
            case "add": return Two<T, Add<T>>(d, type, (a, b) => unchecked(a + b));
            case "sub": return Two<T, Subtract<T>>(d, type, (a, b) => unchecked(a - b));
            case "and": return Two<T, And<T>>(d, type, (a, b) => a & b);
            case "or": return Two<T, Or<T>>(d, type, (a, b) => a | b);
            case "xor": return Two<T, Xor<T>>(d, type, (a, b) => a ^ b);
            case "min": return Two<T, Minimum<T>>(d, type, T.Min);
            case "max": return Two<T, Maximum<T>>(d, type, T.Max);
            case "mul" when i.Has(".lo"): return Two<T, Multiply<T>>(d, type, (a, b) => unchecked(a * b));
            case "mul" when i.Has(".hi"): return Two<T>(d, type, High);
            case "mul" when i.Has(".wide"): return Wide(d, i, type, false);
            case "mad" when i.Has(".lo"): return Three<T, MultiplyAdd<T>>(d, type, (a, b, c) => unchecked((a * b) + c));
            case "mad" when i.Has(".hi") && i.Has(".sat"): return Three<T>(d, type, (a, b, c) => AddSaturated(High(a, b), c));
            case "mad" when i.Has(".hi"): return Three<T>(d, type, (a, b, c) => unchecked(High(a, b) + c));
            case "mad" when i.Has(".wide"): return Wide(d, i, type, true);
            case "mul24": return Two<T>(d, type, (a, b) => Multiply24(a, b, i.Has(".hi")));
            case "mad24": return Three<T>(d, type, (a, b, c) => unchecked(Multiply24(a, b, i.Has(".hi")) + c));
            case "div": return Two<T>(d, type, Divide);
            case "rem": return Two<T>(d, type, Remainder);
            case "sad": return Three<T>(d, type, (a, b, c) => unchecked(c + (a > b ? a - b : b - a)));
            case "abs": return One<T>(d, type, a => unchecked(a < T.Zero ? T.Zero - a : a));
            case "neg": return One<T, Negate<T>>(d, type, a => unchecked(T.Zero - a));
            case "not": return One<T, Not<T>>(d, type, a => ~a);
            case "cnot": return One<T>(d, type, a => a == T.Zero ? T.One : T.Zero);
            case "shl" or "shr": return Shift<T>(d, i, type);
            default: throw i.Error("it needs .lo, .hi or .wide");
        }
    }

    private static T AddSaturated<T>(T a, T b)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        T.CreateSaturating(Int128.CreateTruncating(a) + Int128.CreateTruncating(b));

    private static T SubtractSaturated<T>(T a, T b)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        T.CreateSaturating(Int128.CreateTruncating(a) - Int128.CreateTruncating(b));

    private static T High<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        int bits = Unsafe.SizeOf<T>() * 8;
        // 64-bit unsigned products need all of 128 bits.
        return T.MinValue == T.Zero
            ? T.CreateTruncating((UInt128.CreateTruncating(a) * UInt128.CreateTruncating(b)) >> bits)
            : T.CreateTruncating((Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> bits);
    }

    private static T Multiply24<T>(T a, T b, bool high)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        bool signed = T.MinValue != T.Zero;
        long product = Low24(a, signed) * Low24(b, signed);
        return T.CreateTruncating(high ? product >> 16 : product);
    }

    private static long Low24<T>(T a, bool signed)
        where T : IBinaryInteger<T>
    {
        long value = long.CreateTruncating(a) & 0xFF_FFFF;
        return signed ? value << 40 >> 40 : value;
    }

    // Division by zero gives all ones, as GPUs do (PTX leaves it unspecified); MinValue / -1 wraps.
    private static T Divide<T>(T a, T b)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        b == T.Zero ? T.AllBitsSet : T.MinValue != T.Zero && b == T.AllBitsSet ? unchecked(T.Zero - a) : a / b;

    private static T Remainder<T>(T a, T b)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        b == T.Zero ? a : T.MinValue != T.Zero && b == T.AllBitsSet ? T.Zero : a % b;

    private static bool Shift<T>(FunctionDecoder d, Instruction i, PtxType type)
        where T : unmanaged, IBinaryInteger<T>
    {
        d.ExpectOperands(3, 3);
        bool left = i.Opcode == "shl";
        if (left && type.Kind != PtxTypeKind.Bits) throw i.Error("shl takes .b16, .b32 or .b64");
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type);
        int bits = type.Bits;
        if (d.Operand(2) is ImmediateOperand { Kind: ImmediateKind.Integer } amount && bits > 16 && amount.Bits < (ulong)bits)
        {
            d.Emit(new ShiftBy<T>(to.Offset, a.Offset, (int)amount.Bits, left));
            return true;
        }

        // Amounts beyond the width act as the width: zeros, or copies of the sign.
        Func<T, uint, T> f = left
            ? (x, n) => n >= bits ? T.Zero : x << (int)n
            : (x, n) => n >= bits ? (x < T.Zero ? T.AllBitsSet : T.Zero) : x >> (int)n;
        d.Emit(new LaneBinary<T, uint, T>(to, a, d.Source(d.Operand(2), PtxType.U32), f));
        return true;
    }

    private static bool Wide(FunctionDecoder d, Instruction i, PtxType type, bool add)
    {
        d.ExpectOperands(add ? 4 : 3, add ? 4 : 3);
        bool signed = type.Kind == PtxTypeKind.Signed;
        if (type.Bits == 64) throw i.Error(".wide takes 16 or 32 bits");
        var wide = new PtxType(type.Kind, type.Bits * 2);
        Slot to = d.Destination(d.Operand(0), wide), a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), type);
        Slot c = add ? d.Source(d.Operand(3), wide) : default;
        if (type.Bits == 32) d.Emit(new Widen(to.Offset, a.Offset, b.Offset, add ? c.Offset : -1, signed));
        else if (signed) d.Emit(new LaneTernary<short, short, int, int>(to, a, b, add ? c : d.Builder.Constant(0, 4), (x, y, z) =>
            (x * y) + z));
        else d.Emit(new LaneTernary<ushort, ushort, uint, uint>(to, a, b, add ? c : d.Builder.Constant(0, 4), (x, y, z) =>
            unchecked(((uint)x * y) + z)));
        return true;
    }

    private static bool Logic(FunctionDecoder d, Instruction i)
    {
        if (i.Opcode == "not")
        {
            d.ExpectOperands(2, 2);
            d.Emit(new PredicateLogic(d.PredicateResult(d.Operand(0)), d.Predicate(d.Operand(1)), (Program.TrueOffset, 0), (a, b) =>
                ~a & b));
            return true;
        }

        d.ExpectOperands(3, 3);
        Func<uint, uint, uint> f = i.Opcode switch
        {
            "and" => (a, b) => a & b,
            "or" => (a, b) => a | b,
            "xor" => (a, b) => a ^ b,
            _ => throw i.Error("it has no type .pred"),
        };
        d.Emit(new PredicateLogic(d.PredicateResult(d.Operand(0)), d.Predicate(d.Operand(1)), d.Predicate(d.Operand(2)), f));
        return true;
    }

    private static bool One<T, TF>(FunctionDecoder d, PtxType type, Func<T, T> scalar)
        where T : unmanaged
        where TF : struct, IUnary<T>
    {
        if (Unsafe.SizeOf<T>() < 4) return One(d, type, scalar);
        d.ExpectOperands(2, 2);
        d.Emit(new VectorUnary<T, TF>(d.Destination(d.Operand(0), type).Offset, d.Source(d.Operand(1), type).Offset));
        return true;
    }

    private static bool One<T>(FunctionDecoder d, PtxType type, Func<T, T> scalar)
        where T : unmanaged
    {
        d.ExpectOperands(2, 2);
        d.Emit(new LaneUnary<T, T>(d.Destination(d.Operand(0), type), d.Source(d.Operand(1), type), scalar));
        return true;
    }

    private static bool Two<T, TF>(FunctionDecoder d, PtxType type, Func<T, T, T> scalar)
        where T : unmanaged
        where TF : struct, IBinary<T>
    {
        if (Unsafe.SizeOf<T>() < 4) return Two(d, type, scalar);
        d.ExpectOperands(3, 3);
        d.Emit(new VectorBinary<T, TF>(d.Destination(d.Operand(0), type).Offset, d.Source(d.Operand(1), type).Offset,
            d.Source(d.Operand(2), type).Offset));
        return true;
    }

    private static bool Two<T>(FunctionDecoder d, PtxType type, Func<T, T, T> scalar)
        where T : unmanaged
    {
        d.ExpectOperands(3, 3);
        d.Emit(new LaneBinary<T, T, T>(d.Destination(d.Operand(0), type), d.Source(d.Operand(1), type), d.Source(d.Operand(2), type),
            scalar));
        return true;
    }

    private static bool Three<T, TF>(FunctionDecoder d, PtxType type, Func<T, T, T, T> scalar)
        where T : unmanaged
        where TF : struct, ITernary<T>
    {
        if (Unsafe.SizeOf<T>() < 4) return Three(d, type, scalar);
        d.ExpectOperands(4, 4);
        d.Emit(new VectorTernary<T, TF>(
            d.Destination(d.Operand(0), type).Offset, d.Source(d.Operand(1), type).Offset, d.Source(d.Operand(2), type).Offset,
            d.Source(d.Operand(3), type).Offset));
        return true;
    }

    private static bool Three<T>(FunctionDecoder d, PtxType type, Func<T, T, T, T> scalar)
        where T : unmanaged
    {
        d.ExpectOperands(4, 4);
        d.Emit(new LaneTernary<T, T, T, T>(
            d.Destination(d.Operand(0), type), d.Source(d.Operand(1), type), d.Source(d.Operand(2), type), d.Source(d.Operand(3), type),
            scalar));
        return true;
    }
}
