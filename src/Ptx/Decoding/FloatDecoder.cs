using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>.f32 and .f64 arithmetic (PTX ISA, "Floating Point Instructions").</summary>
internal static class FloatDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        if (i.Opcode is not ("add" or "sub" or "mul" or "fma" or "mad" or "div" or "abs" or "neg" or "min" or "max" or "rcp" or "sqrt"
            or "rsqrt"
            or "sin" or "cos" or "lg2" or "ex2" or "tanh" or "copysign")) return false;
        PtxType type = Modifiers.OnlyType(i);
        if (type == PtxType.F32)
        {
            Single(d, i);
            return true;
        }

        if (type == PtxType.F64)
        {
            Double(d, i);
            return true;
        }

        return false;
    }

    private static void Single(FunctionDecoder d, Instruction i)
    {
        Modifiers.Allow(i, ".rn", ".rz", ".rm", ".rp", ".ftz", ".sat", ".approx", ".full", ".NaN", ".xorsign", ".abs");
        bool flush = i.Has(".ftz"), approximate = i.Has(".approx");
        Rounding mode = Modifiers.RoundingMode(i);
        Approximator approximator = d.Builder.Approximator;
        if (i.Has(".xorsign")) throw i.Error("the modifier '.xorsign' is not supported");
        switch (i.Opcode)
        {
            case "add" when mode != Rounding.Nearest: Two(d, i, (a, b) => Rounded.Add(a, b, mode)); break;
            case "sub" when mode != Rounding.Nearest: Two(d, i, (a, b) => Rounded.Add(a, -b, mode)); break;
            case "mul" when mode != Rounding.Nearest: Two(d, i, (a, b) => Rounded.Multiply(a, b, mode)); break;
            case "div" when mode != Rounding.Nearest: Two(d, i, (a, b) => Rounded.Divide(a, b, mode)); break;
            case "add": Two<Add<float>>(d, flush); break;
            case "sub": Two<Subtract<float>>(d, flush); break;
            case "mul": Two<Multiply<float>>(d, flush); break;
            case "min" when i.Has(".NaN"): Two<MinimumNaN<float>>(d, flush); break;
            case "max" when i.Has(".NaN"): Two<MaximumNaN<float>>(d, flush); break;
            case "min": Two<MinimumNumber<float>>(d, flush); break;
            case "max": Two<MaximumNumber<float>>(d, flush); break;
            case "fma" or "mad" when mode != Rounding.Nearest: Three(d, i, (a, b, c) => Rounded.Fused(a, b, c, mode)); break;
            case "fma" or "mad": Three(d, flush); break;
            case "div" when approximate: Two(d, i, (a, b) => approximator.Divide(a, b, flush)); break;
            case "div" when i.Has(".full"): Two(d, i, (a, b) => approximator.DivideFull(a, b, flush)); break;
            case "div" when i.Has(".rn"): Two<Divide<float>>(d, flush); break;
            case "abs": One<AbsoluteSingle>(d, flush, plain: true); break;
            case "neg": One<FlipSingle>(d, flush, plain: true); break;
            case "rcp" when approximate: One(d, i, a => approximator.Reciprocal(a, flush)); break;
            case "rcp" when mode != Rounding.Nearest: One(d, i, a => Rounded.Divide(1, a, mode)); break;
            case "rcp" when i.Has(".rn"): One<ReciprocalSingle>(d, flush); break;
            case "sqrt" when approximate: One(d, i, a => approximator.Root(a, flush)); break;
            case "sqrt" when mode != Rounding.Nearest: One(d, i, a => Rounded.SquareRoot(a, mode)); break;
            case "sqrt" when i.Has(".rn"): One<SquareRoot<float>>(d, flush); break;
            case "rsqrt" when approximate: One(d, i, a => approximator.ReciprocalRoot(a, flush)); break;
            case "sin" when approximate: One(d, i, a => approximator.Sin(a, flush)); break;
            case "cos" when approximate: One(d, i, a => approximator.Cos(a, flush)); break;
            case "lg2" when approximate: One(d, i, a => approximator.Log2(a, flush)); break;
            case "ex2" when approximate: One(d, i, a => approximator.Exp2(a, flush)); break;
            case "tanh" when approximate: One(d, i, approximator.Tanh); break;
            case "copysign": Two(d, i, (a, b) => MathF.CopySign(b, a), plain: true); break;
            default: throw i.Error("it needs a rounding (.rn, ...) or .approx");
        }

        if (!i.Has(".sat")) return;
        int to = d.Destination(d.Operand(0), PtxType.F32).Offset;
        d.Emit(new VectorUnary<float, SaturateSingle>(to, to));
    }

    private static void One<TF>(FunctionDecoder d, bool flush, bool plain = false)
        where TF : struct, IUnary<float>
    {
        d.ExpectOperands(2, 2);
        int to = d.Destination(d.Operand(0), PtxType.F32).Offset, a = d.Source(d.Operand(1), PtxType.F32).Offset;
        d.Emit(flush ? new VectorUnary<float, Single1Ftz<TF>>(to, a) : plain ? new VectorUnary<float, TF>(to, a)
            : new VectorUnary<float, Single1<TF>>(to, a));
    }

    private static void Two<TF>(FunctionDecoder d, bool flush)
        where TF : struct, IBinary<float>
    {
        d.ExpectOperands(3, 3);
        int to = d.Destination(d.Operand(0), PtxType.F32).Offset, a = d.Source(d.Operand(1), PtxType.F32).Offset,
            b = d.Source(d.Operand(2), PtxType.F32).Offset;
        d.Emit(flush ? new VectorBinary<float, Single2Ftz<TF>>(to, a, b) : new VectorBinary<float, Single2<TF>>(to, a, b));
    }

    private static void Three(FunctionDecoder d, bool flush)
    {
        d.ExpectOperands(4, 4);
        int to = d.Destination(d.Operand(0), PtxType.F32).Offset, a = d.Source(d.Operand(1), PtxType.F32).Offset;
        int b = d.Source(d.Operand(2), PtxType.F32).Offset, c = d.Source(d.Operand(3), PtxType.F32).Offset;
        d.Emit(flush ? new VectorTernary<float, Single3Ftz<FusedSingle>>(to, a, b, c)
            : new VectorTernary<float, Single3<FusedSingle>>(to, a, b, c));
    }

    // The rare ones, lane by lane, under the same rules.
    private static void One(FunctionDecoder d, Instruction i, Func<float, float> f)
    {
        d.ExpectOperands(2, 2);
        bool flush = i.Has(".ftz");
        d.Emit(new LaneUnary<float, float>(
            d.Destination(d.Operand(0), PtxType.F32), d.Source(d.Operand(1), PtxType.F32), a =>
                Rules(f(flush ? SingleRules.Flush(a) : a), flush)));
    }

    private static void Two(FunctionDecoder d, Instruction i, Func<float, float, float> f, bool plain = false)
    {
        d.ExpectOperands(3, 3);
        bool flush = i.Has(".ftz");
        d.Emit(new LaneBinary<float, float, float>(
            d.Destination(d.Operand(0), PtxType.F32),
            d.Source(d.Operand(1), PtxType.F32),
            d.Source(d.Operand(2), PtxType.F32),
            plain ? f : (a, b) => Rules(f(flush ? SingleRules.Flush(a) : a, flush ? SingleRules.Flush(b) : b), flush)));
    }

    private static void Three(FunctionDecoder d, Instruction i, Func<float, float, float, float> f)
    {
        d.ExpectOperands(4, 4);
        bool flush = i.Has(".ftz");
        d.Emit(new LaneTernary<float, float, float, float>(
            d.Destination(d.Operand(0), PtxType.F32),
            d.Source(d.Operand(1), PtxType.F32),
            d.Source(d.Operand(2), PtxType.F32),
            d.Source(d.Operand(3), PtxType.F32),
            (a, b, c) => Rules(flush ? f(SingleRules.Flush(a), SingleRules.Flush(b), SingleRules.Flush(c)) : f(a, b, c), flush)));
    }

    private static float Rules(float value, bool flush) => SingleRules.OneNaN(flush ? SingleRules.Flush(value) : value);

    private static void Double(FunctionDecoder d, Instruction i)
    {
        Modifiers.Allow(i, ".rn", ".rz", ".rm", ".rp", ".approx", ".ftz");
        bool approximate = i.Has(".approx");
        Rounding mode = Modifiers.RoundingMode(i);
        FloatFormat format = FloatFormat.Double;
        PtxType type = PtxType.F64;
        switch (i.Opcode)
        {
            case "add" when mode != Rounding.Nearest: TwoDouble(d, (a, b) => Rounded.Add(a, b, mode, format)); return;
            case "sub" when mode != Rounding.Nearest: TwoDouble(d, (a, b) => Rounded.Add(a, -b, mode, format)); return;
            case "mul" when mode != Rounding.Nearest: TwoDouble(d, (a, b) => Rounded.Multiply(a, b, mode, format)); return;
            case "div" when mode != Rounding.Nearest: TwoDouble(d, (a, b) => Rounded.Divide(a, b, mode, format)); return;
            case "add": TwoDouble<Add<double>>(d); return;
            case "sub": TwoDouble<Subtract<double>>(d); return;
            case "mul": TwoDouble<Multiply<double>>(d); return;
            case "min": TwoDouble<MinimumNumber<double>>(d); return;
            case "max": TwoDouble<MaximumNumber<double>>(d); return;
            case "div" when i.Has(".rn"): TwoDouble<Divide<double>>(d); return;
            case "copysign": TwoDouble(d, (a, b) => Math.CopySign(b, a)); return;
            case "abs": OneDouble<AbsoluteDouble>(d); return;
            case "neg": OneDouble<FlipDouble>(d); return;
            case "rcp" when approximate: OneDouble(d, a => Approximator.HighHalf(1 / FlushDouble(a))); return;
            case "rsqrt" when approximate: OneDouble(d, a => Approximator.HighHalf(1 / Math.Sqrt(a))); return;
            case "rcp" when mode != Rounding.Nearest: OneDouble(d, a => Rounded.Divide(1, a, mode, format)); return;
            case "rcp" when i.Has(".rn"): OneDouble<ReciprocalDouble>(d); return;
            case "sqrt" when mode != Rounding.Nearest: OneDouble(d, a => Rounded.SquareRoot(a, mode, format)); return;
            case "sqrt" when i.Has(".rn"): OneDouble<SquareRoot<double>>(d); return;
            case "fma" or "mad":
                d.ExpectOperands(4, 4);
                Slot to = d.Destination(d.Operand(0), type), x = d.Source(d.Operand(1), type), y = d.Source(d.Operand(2), type),
                    z = d.Source(d.Operand(3), type);
                d.Emit(mode == Rounding.Nearest
                    ? new VectorTernary<double, FusedDouble>(to.Offset, x.Offset, y.Offset, z.Offset)
                    : new LaneTernary<double, double, double, double>(to, x, y, z, (a, b, c) => Rounded.Fused(a, b, c, mode, format)));
                return;
            default: throw i.Error("it has no such form for .f64");
        }
    }

    private static double FlushDouble(double a) => double.IsSubnormal(a) ? Math.CopySign(0, a) : a;

    private static void OneDouble<TF>(FunctionDecoder d)
        where TF : struct, IUnary<double>
    {
        d.ExpectOperands(2, 2);
        d.Emit(new VectorUnary<double, TF>(d.Destination(d.Operand(0), PtxType.F64).Offset, d.Source(d.Operand(1), PtxType.F64).Offset));
    }

    private static void OneDouble(FunctionDecoder d, Func<double, double> f)
    {
        d.ExpectOperands(2, 2);
        d.Emit(new LaneUnary<double, double>(d.Destination(d.Operand(0), PtxType.F64), d.Source(d.Operand(1), PtxType.F64), f));
    }

    private static void TwoDouble<TF>(FunctionDecoder d)
        where TF : struct, IBinary<double>
    {
        d.ExpectOperands(3, 3);
        d.Emit(new VectorBinary<double, TF>(
            d.Destination(d.Operand(0), PtxType.F64).Offset, d.Source(d.Operand(1), PtxType.F64).Offset,
            d.Source(d.Operand(2), PtxType.F64).Offset));
    }

    private static void TwoDouble(FunctionDecoder d, Func<double, double, double> f)
    {
        d.ExpectOperands(3, 3);
        d.Emit(new LaneBinary<double, double, double>(
            d.Destination(d.Operand(0), PtxType.F64), d.Source(d.Operand(1), PtxType.F64), d.Source(d.Operand(2), PtxType.F64), f));
    }
}
