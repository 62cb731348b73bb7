using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>.f16, .f16x2, .bf16 and .bf16x2 arithmetic (PTX ISA, "Half Precision Floating Point Instructions"); exact, then rounded
/// once.</summary>
internal static class HalfDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        if (i.Opcode is not ("add" or "sub" or "mul" or "fma" or "abs" or "neg" or "min" or "max" or "ex2" or "tanh")) return false;
        PtxType type = Modifiers.OnlyType(i);
        bool pair = type.Kind is PtxTypeKind.HalfPair or PtxTypeKind.BFloatPair,
            brain = type.Kind is PtxTypeKind.BFloat or PtxTypeKind.BFloatPair;
        if (!pair && !(type.IsFloat && type.Bits == 16)) return false;
        Modifiers.Allow(i, ".rn", ".ftz", ".sat", ".NaN", ".approx");
        bool flush = i.Has(".ftz"), saturate = i.Has(".sat");
        int count = i.Opcode switch { "fma" => 3, "abs" or "neg" or "ex2" or "tanh" => 1, _ => 2 };
        d.ExpectOperands(count + 1, count + 1);
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type);
        Slot b = count > 1 ? d.Source(d.Operand(2), type) : a, c = count > 2 ? d.Source(d.Operand(3), type) : a;
        Func<ushort, ushort, ushort, ushort> f = One(i, brain, flush, saturate);
        d.Emit(pair
            ? new LaneTernary<uint, uint, uint, uint>(to, a, b, c, (x, y, z) =>
                f((ushort)x, (ushort)y, (ushort)z) | (uint)f((ushort)(x >> 16), (ushort)(y >> 16), (ushort)(z >> 16)) << 16)
            : new LaneTernary<ushort, ushort, ushort, ushort>(to, a, b, c, f));
        return true;
    }

    private static Func<ushort, ushort, ushort, ushort> One(Instruction i, bool brain, bool flush, bool saturate)
    {
        if (i.Opcode == "abs") return (a, _, _) => (ushort)(Flush(a, brain, flush) & 0x7FFF);
        if (i.Opcode == "neg") return (a, _, _) => (ushort)(Flush(a, brain, flush) ^ 0x8000);
        bool strict = i.Has(".NaN");
        FloatFormat format = brain ? FloatFormat.BFloat : FloatFormat.Half;
        Func<double, double, double, double> f = i.Opcode switch
        {
            "add" => (a, b, _) => Rounded.Add(a, b, Rounding.Nearest, format),
            "sub" => (a, b, _) => Rounded.Add(a, -b, Rounding.Nearest, format),
            "mul" => (a, b, _) => Rounded.Multiply(a, b, Rounding.Nearest, format),
            "fma" => (a, b, c) => Rounded.Fused(a, b, c, Rounding.Nearest, format),
            "min" => strict ? (a, b, _) => Math.Min(a, b) : (a, b, _) => double.MinNumber(a, b),
            "max" => strict ? (a, b, _) => Math.Max(a, b) : (a, b, _) => double.MaxNumber(a, b),
            "ex2" => (a, _, _) => Math.Pow(2, a),
            _ => (a, _, _) => Math.Tanh(a),
        };
        return (a, b, c) =>
        {
            double result = f(
                SmallFloats.From(Flush(a, brain, flush), brain), SmallFloats.From(Flush(b, brain, flush), brain),
                SmallFloats.From(Flush(c, brain, flush), brain));
            if (saturate) result = result > 0 ? Math.Min(result, 1) : 0;
            return Flush(SmallFloats.To(result, brain), brain, flush);
        };
    }

    private static ushort Flush(ushort bits, bool brain, bool flush) =>
        flush && (bits & (brain ? 0x7F80 : 0x7C00)) == 0 ? (ushort)(bits & 0x8000) : bits;
}
