using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>What each atomic computes, on raw bits; the second function, if any, is the one for global memory.</summary>
internal static class AtomicFunctions
{
    public static (AtomicFunction Any, AtomicFunction? Global)? Find(string operation, PtxType type)
    {
        bool signed = type.Kind == PtxTypeKind.Signed, wide = type.Bits == 64;
        if (type.Bits < 32 && operation != ".cas" && !(operation == ".add" && type.IsFloat)) return null;
        switch (operation)
        {
            case ".exch": return ((_, b, _) => b, null);
            case ".cas": return ((old, b, c) => old == b ? c : old, null);
            case ".and": return ((old, b, _) => old & b, null);
            case ".or": return ((old, b, _) => old | b, null);
            case ".xor": return ((old, b, _) => old ^ b, null);
            case ".inc" when type == PtxType.U32: return ((old, b, _) => old >= b ? 0 : old + 1, null);
            case ".dec" when type == PtxType.U32: return ((old, b, _) => old == 0 || old > b ? b : old - 1, null);
            case ".add" when type.IsInteger: return ((old, b, _) => wide ? old + b : (uint)(old + b), null);
            case ".min" when type.IsInteger && signed: return ((old, b, _) => Signed(old, wide) <= Signed(b, wide) ? old : b, null);
            case ".max" when type.IsInteger && signed: return ((old, b, _) => Signed(old, wide) >= Signed(b, wide) ? old : b, null);
            case ".min" when type.IsInteger: return ((old, b, _) => Math.Min(old, b), null);
            case ".max" when type.IsInteger: return ((old, b, _) => Math.Max(old, b), null);
            // On global memory, .f32 additions flush subnormals; on shared memory they do not (PTX ISA, "atom").
            case ".add" when type == PtxType.F32: return ((old, b, _) => AddSingle(old, b, false), (old, b, _) => AddSingle(old, b, true));
            case ".add" when type == PtxType.F64:
                return ((old, b, _) =>
                    BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b)), null);
            case ".add" when type.IsFloat:
                bool brain = type.Kind == PtxTypeKind.BFloat;
                return ((old, b, _) => AddSmall((ushort)old, (ushort)b, brain), null);
            case ".add" when type.Kind is PtxTypeKind.HalfPair or PtxTypeKind.BFloatPair:
                bool pairBrain = type.Kind == PtxTypeKind.BFloatPair;
                return ((old, b, _) =>
                    AddSmall((ushort)old, (ushort)b, pairBrain) | (uint)AddSmall((ushort)(old >> 16), (ushort)(b >> 16), pairBrain) << 16,
                    null);
            default: return null;
        }
    }

    private static long Signed(ulong bits, bool wide) => wide ? (long)bits : (int)bits;

    private static ulong AddSingle(ulong old, ulong b, bool flush)
    {
        float x = BitConverter.UInt32BitsToSingle((uint)old), y = BitConverter.UInt32BitsToSingle((uint)b);
        float sum = flush ? SingleRules.Flush(SingleRules.Flush(x) + SingleRules.Flush(y)) : x + y;
        return BitConverter.SingleToUInt32Bits(SingleRules.OneNaN(sum));
    }

    private static ushort AddSmall(ushort a, ushort b, bool brain) =>
        SmallFloats.To(
            Rounded.Add(SmallFloats.From(a, brain), SmallFloats.From(b, brain), Rounding.Nearest, brain ? FloatFormat.BFloat
                : FloatFormat.Half), brain);
}
