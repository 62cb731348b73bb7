using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>cvt (PTX ISA, "cvt").</summary>
internal static class ConvertDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        if (i.Opcode != "cvt") return false;
        Modifiers.Allow(i, ".rn", ".rz", ".rm", ".rp", ".rni", ".rzi", ".rmi", ".rpi", ".ftz", ".sat");
        if (Modifiers.Types(i) is not [var to, var from]) throw i.Error("it needs two types");
        if (to.Kind is PtxTypeKind.HalfPair or PtxTypeKind.BFloatPair)
        {
            Pair(d, i, to, from);
            return true;
        }

        d.ExpectOperands(2, 2);
        if (to.Kind == PtxTypeKind.Predicate || from.Kind is PtxTypeKind.Predicate or PtxTypeKind.HalfPair or PtxTypeKind.BFloatPair)
            throw i.Error($"there is no conversion from {from} to {to}");
        Slot target = d.Destination(d.Operand(0), to, wider: true), source = d.Source(d.Operand(1), from, wider: true);
        if (!Fast(d, i, to, from, target, source)) Slow(d, i, to, from, target, source);
        return true;
    }

    // The conversions that address arithmetic is made of.
    private static bool Fast(FunctionDecoder d, Instruction i, PtxType to, PtxType from, Slot target, Slot source)
    {
        if (i.Has(".sat") || i.Has(".ftz")) return false;
        if (!to.IsInteger || !from.IsInteger) return Real(d, i, to, from, target, source);
        if (to.Bits == 64 && from.Bits == 32 && source.Stride == 4)
            d.Emit(new Widen(target.Offset, source.Offset, -1, -1, from.Kind == PtxTypeKind.Signed));
        else if (to.Bits == 32 && from.Bits == 64 && target.Stride == 4) d.Emit(new Narrow(target.Offset, source.Offset));
        else if (to.Bits == 64 && from.Bits == 64) d.Emit(MoveDecoder.Copy(target, source, PtxType.U64));
        else if (to.Bits == 32 && from.Bits == 32 && target.Stride == 4 && source.Stride == 4)
            d.Emit(MoveDecoder.Copy(target, source, PtxType.U32));
        else return false;
        return true;
    }

    // Conversions between numbers that .NET rounds as PTX asks.
    private static bool Real(FunctionDecoder d, Instruction i, PtxType to, PtxType from, Slot target, Slot source)
    {
        bool nearest = i.Modifiers is [".rn", _, _];
        if (to == PtxType.F32 && from == PtxType.S32 && nearest) d.Emit(new VectorUnary<int, ToSingle>(target.Offset, source.Offset));
        else if (to == PtxType.F64 && from == PtxType.S32 && nearest) d.Emit(new LaneUnary<int, double>(target, source, x => x));
        else if (to == PtxType.F64 && from == PtxType.F32 && i.Modifiers.Length == 2)
            d.Emit(new LaneUnary<float, double>(target, source, x => x));
        else if (to == PtxType.F32 && from == PtxType.F64 && nearest)
            d.Emit(new LaneUnary<double, float>(target, source, x => SingleRules.OneNaN((float)x)));
        else if (to == PtxType.F32 && from is { Kind: PtxTypeKind.Float, Bits: 16 } && i.Modifiers.Length == 2)
            d.Emit(new LaneUnary<Half, float>(target, source, x => SingleRules.OneNaN((float)x)));
        else if (to is { Kind: PtxTypeKind.Float, Bits: 16 } && from == PtxType.F32 && nearest)
            d.Emit(new LaneUnary<float, ushort>(target, source, x =>
                float.IsNaN(x) ? SmallFloats.HalfNaN : BitConverter.HalfToUInt16Bits((Half)x)));
        else return false;
        return true;
    }

    private static void Slow(FunctionDecoder d, Instruction i, PtxType to, PtxType from, Slot target, Slot source)
    {
        bool saturate = i.Has(".sat"), flush = i.Has(".ftz");
        Rounding mode = Modifiers.RoundingMode(i);
        Rounding? integral = i.Has(".rni") ? Rounding.Nearest : i.Has(".rzi") ? Rounding.Zero : i.Has(".rmi") ? Rounding.Down
            : i.Has(".rpi") ? Rounding.Up : null;
        Func<ulong, ulong> f = (from.IsFloat, to.IsFloat) switch
        {
            (false, false) => x => Conversions.IntegerToInteger(x, from, to, saturate),
            (false, true) => x => Conversions.IntegerToFloat(x, from, to, mode, saturate),
            (true, false) => x => Conversions.FloatToInteger(Conversions.Read(x, from, flush), from, to, integral ?? mode),
            _ => x => Conversions.FloatToFloat(Conversions.Read(x, from, flush && from == PtxType.F32), to, mode, integral, flush
                && to == PtxType.F32, saturate),
        };
        if (from.IsFloat && !to.IsFloat && integral is null) throw i.Error("a conversion to an integer needs .rni, .rzi, .rmi or .rpi");
        bool extend = to.Kind == PtxTypeKind.Signed;
        int bits = to.Bits;
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                ulong value = f(RawSlot.Get(w, source, lane));
                // A wider register gets the sign or zeros.
                if (bits < 64) value = extend ? (ulong)((long)(value << (64 - bits)) >> (64 - bits)) : value & ((1UL << bits) - 1);
                RawSlot.Put(w, target, lane, value);
            }
        }));
    }

    private static void Pair(FunctionDecoder d, Instruction i, PtxType to, PtxType from)
    {
        d.ExpectOperands(3, 3);
        if (from != PtxType.F32) throw i.Error($"there is no conversion from {from} to {to}");
        bool brain = to.Kind == PtxTypeKind.BFloatPair;
        Rounding mode = Modifiers.RoundingMode(i);
        d.Emit(new LaneBinary<float, float, uint>(
            d.Destination(d.Operand(0), to),
            d.Source(d.Operand(1), from),
            d.Source(d.Operand(2), from),
            (high, low) => (uint)SmallFloats.To(high, brain, mode) << 16 | SmallFloats.To(low, brain, mode)));
    }
}
