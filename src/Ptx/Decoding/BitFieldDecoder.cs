using System.Numerics;
using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>popc, clz, brev, bfind, bfe, bfi, lop3, shf, dp4a, dp2a, bmsk and szext.</summary>
internal static class BitFieldDecoder
{
    private static readonly HashSet<string> s_opcodes = new(StringComparer.Ordinal)
    {
        "popc", "clz", "bfind", "brev", "bfe", "bfi", "lop3", "shf", "dp4a", "dp2a", "bmsk", "szext",
    };

    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        if (!s_opcodes.Contains(i.Opcode)) return false;
        Modifiers.Allow(i, ".shiftamt", ".lo", ".hi", ".l", ".r", ".wrap", ".clamp");
        switch (i.Opcode)
        {
            case "popc": return Count(d, i, (a, _) => (uint)BitOperations.PopCount(a));
            case "clz": return Count(d, i, (a, width) => (uint)(BitOperations.LeadingZeroCount(a) - (64 - width)));
            case "bfind":
                bool amount = i.Has(".shiftamt"), signed = Modifiers.OnlyType(i).Kind == PtxTypeKind.Signed;
                return Count(d, i, (a, width) => Bits.FindHighest(a, width, signed, amount));
            case "brev": return Reverse(d, i);
            case "bfe": return Extract(d, i);
            case "bfi": return Insert(d, i);
            case "lop3": return Logic3(d, i);
            case "shf": return Funnel(d, i);
            case "dp4a" or "dp2a": return Dot(d, i);
            case "bmsk": return Mask(d, i);
            default: return Extend(d, i);
        }
    }

    private static bool Count(FunctionDecoder d, Instruction i, Func<ulong, int, uint> f)
    {
        d.ExpectOperands(2, 2);
        PtxType type = Modifiers.OnlyType(i);
        Slot to = d.Destination(d.Operand(0), PtxType.U32), a = d.Source(d.Operand(1), type);
        d.Emit(type.Bits == 64 ? new LaneUnary<ulong, uint>(to, a, x => f(x, 64)) : new LaneUnary<uint, uint>(to, a, x => f(x, 32)));
        return true;
    }

    private static bool Reverse(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(2, 2);
        PtxType type = Modifiers.OnlyType(i);
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type);
        d.Emit(type.Bits == 64 ? new LaneUnary<ulong, ulong>(to, a, x => Bits.Reverse(x, 64))
            : new LaneUnary<uint, uint>(to, a, x => (uint)Bits.Reverse(x, 32)));
        return true;
    }

    private static bool Extract(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(4, 4);
        PtxType type = Modifiers.OnlyType(i);
        bool signed = type.Kind == PtxTypeKind.Signed;
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), PtxType.U32),
            c = d.Source(d.Operand(3), PtxType.U32);
        d.Emit(type.Bits == 64
            ? new LaneTernary<ulong, uint, uint, ulong>(to, a, b, c, (x, p, l) => Bits.Extract(x, p, l, 64, signed))
            : new LaneTernary<uint, uint, uint, uint>(to, a, b, c, (x, p, l) => (uint)Bits.Extract(x, p, l, 32, signed)));
        return true;
    }

    private static bool Insert(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(5, 5);
        PtxType type = Modifiers.OnlyType(i);
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), type);
        Slot position = d.Source(d.Operand(3), PtxType.U32), length = d.Source(d.Operand(4), PtxType.U32);
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                ulong value = Bits.Insert(
                    RawSlot.Get(w, a, lane), RawSlot.Get(w, b, lane), (uint)RawSlot.Get(w, position, lane),
                    (uint)RawSlot.Get(w, length, lane), type.Bits);
                RawSlot.Put(w, to, lane, value);
            }
        }));
        return true;
    }

    private static bool Logic3(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(5, 5);
        if (d.Operand(4) is not ImmediateOperand { Kind: ImmediateKind.Integer, Bits: <= 255 } table)
            throw i.Error("its table is a number below 256");
        if (Modifiers.OnlyType(i) != PtxType.B32) throw i.Error("it needs .b32");
        uint bits = (uint)table.Bits;
        d.Emit(new LaneTernary<uint, uint, uint, uint>(
            d.Destination(d.Operand(0), PtxType.B32),
            d.Source(d.Operand(1), PtxType.B32),
            d.Source(d.Operand(2), PtxType.B32),
            d.Source(d.Operand(3), PtxType.B32),
            (a, b, c) => Bits.Logic3(a, b, c, bits)));
        return true;
    }

    private static bool Funnel(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(4, 4);
        bool left = i.Has(".l"), wrap = i.Has(".wrap");
        if (left == i.Has(".r") || wrap == i.Has(".clamp")) throw i.Error("it needs .l or .r, and .wrap or .clamp");
        d.Emit(new LaneTernary<uint, uint, uint, uint>(
            d.Destination(d.Operand(0), PtxType.B32),
            d.Source(d.Operand(1), PtxType.B32),
            d.Source(d.Operand(2), PtxType.B32),
            d.Source(d.Operand(3), PtxType.B32),
            (a, b, c) => Bits.Funnel(a, b, c, left, wrap)));
        return true;
    }

    private static bool Dot(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(4, 4);
        if (Modifiers.Types(i) is not [{ Bits: 32 } ta, { Bits: 32 } tb]) throw i.Error("it needs two 32-bit types");
        bool signedA = ta.Kind == PtxTypeKind.Signed, signedB = tb.Kind == PtxTypeKind.Signed, high = i.Has(".hi"),
            four = i.Opcode == "dp4a";
        d.Emit(new LaneTernary<uint, uint, uint, uint>(
            d.Destination(d.Operand(0), PtxType.B32),
            d.Source(d.Operand(1), PtxType.B32),
            d.Source(d.Operand(2), PtxType.B32),
            d.Source(d.Operand(3), PtxType.B32),
            (a, b, c) => four ? Bits.Dot4(a, b, c, signedA, signedB) : Bits.Dot2(a, b, c, signedA, signedB, high)));
        return true;
    }

    private static bool Mask(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(3, 3);
        bool wrap = i.Has(".wrap");
        d.Emit(new LaneBinary<uint, uint, uint>(d.Destination(d.Operand(0), PtxType.B32), d.Source(d.Operand(1), PtxType.B32),
            d.Source(d.Operand(2), PtxType.B32), (a, b) =>
        {
            int from = (int)(wrap ? a & 31 : Math.Min(a, 32)), length = (int)(wrap ? b & 31 : Math.Min(b, 32));
            return (uint)(((1UL << length) - 1) << from);
        }));
        return true;
    }

    private static bool Extend(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(3, 3);
        bool wrap = i.Has(".wrap"), signed = Modifiers.OnlyType(i).Kind == PtxTypeKind.Signed;
        d.Emit(new LaneBinary<uint, uint, uint>(d.Destination(d.Operand(0), PtxType.B32), d.Source(d.Operand(1), PtxType.B32),
            d.Source(d.Operand(2), PtxType.U32), (a, b) =>
        {
            int width = (int)(wrap ? b & 31 : Math.Min(b, 32));
            if (width == 0) return 0;
            return signed ? (uint)((int)(a << (32 - width)) >> (32 - width)) : a << (32 - width) >> (32 - width);
        }));
        return true;
    }
}
