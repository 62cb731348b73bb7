using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>add.cc, addc, sub.cc, subc, mad.cc and madc (PTX ISA, "Extended-Precision Integer Arithmetic Instructions").</summary>
internal static class CarryDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i, PtxType type)
    {
        bool takes = i.Opcode is "addc" or "subc" or "madc", gives = i.Has(".cc");
        if (!takes && !gives) return false;
        bool multiplies = i.Opcode is "mad" or "madc", high = i.Has(".hi"), subtracts = i.Opcode is "sub" or "subc";
        if (type.Bits is not (32 or 64) || i.Opcode is not ("add" or "sub" or "mad" or "addc" or "subc" or "madc"))
            throw i.Error("it has no carry of this type");
        d.ExpectOperands(multiplies ? 4 : 3, multiplies ? 4 : 3);
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), type);
        Slot c = multiplies ? d.Source(d.Operand(3), type) : default;
        int bits = type.Bits;
        bool signed = type.Kind == PtxTypeKind.Signed;
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                ulong x = RawSlot.Get(w, a, lane), y = RawSlot.Get(w, b, lane);
                if (multiplies)
                {
                    x = Product(x, y, bits, signed, high);
                    y = RawSlot.Get(w, c, lane);
                }

                ulong carry = takes ? w.Carry >> lane & 1 : 0;
                // Of a subtraction the flag says "borrow".
                UInt128 result = subtracts ? (UInt128)x - y - carry : (UInt128)x + y + carry;
                RawSlot.Put(w, to, lane, (ulong)result);
                if (!gives) continue;
                uint flag = (uint)(result >> bits) & 1;
                w.Carry = (w.Carry & ~(1u << lane)) | flag << lane;
            }
        }));
        return true;
    }

    private static ulong Product(ulong x, ulong y, int bits, bool signed, bool high)
    {
        if (bits == 32)
        {
            ulong product = signed ? (ulong)((long)(int)x * (int)y) : x * y;
            return high ? product >> 32 : (uint)product;
        }

        if (!high) return x * y;
        return signed ? (ulong)Math.BigMul((long)x, (long)y, out _) : Math.BigMul(x, y, out _);
    }
}
