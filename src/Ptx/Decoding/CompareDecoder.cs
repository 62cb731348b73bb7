using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>setp, set and testp (PTX ISA, "Comparison and Selection Instructions").</summary>
internal static class CompareDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        switch (i.Opcode)
        {
            case "setp": SetPredicate(d, i); return true;
            case "set": SetValue(d, i); return true;
            case "testp": Property(d, i); return true;
            default: return false;
        }
    }

    private static void SetPredicate(FunctionDecoder d, Instruction i)
    {
        (string relation, Combine combine) = Relation(i);
        PtxType type = Modifiers.OnlyType(i);
        int count = combine == Combine.None ? 3 : 4;
        d.ExpectOperands(count, count);
        Compare compare = Make(d, i, type, relation);
        if (d.Operand(0) is PairOperand pair)
        {
            compare.Outcome = d.PredicateResult(pair.First);
            compare.Opposite = d.PredicateResult(pair.Second);
        }
        else
        {
            compare.Outcome = d.PredicateResult(d.Operand(0));
        }

        Join(d, compare, combine);
        d.Emit(compare);
    }

    private static void SetValue(FunctionDecoder d, Instruction i)
    {
        (string relation, Combine combine) = Relation(i);
        if (Modifiers.Types(i) is not [var result, var type]) throw i.Error("it needs the type of the result and of the operands");
        int count = combine == Combine.None ? 3 : 4;
        d.ExpectOperands(count, count);
        Compare compare = Make(d, i, type, relation);
        if (result.Bits != 32) throw i.Error("its result has 32 bits");
        compare.Value = (d.Destination(d.Operand(0), result), result == PtxType.F32 ? 0x3F80_0000u : uint.MaxValue);
        Join(d, compare, combine);
        d.Emit(compare);
    }

    private static void Join(FunctionDecoder d, Compare compare, Combine combine)
    {
        compare.Combine = combine;
        if (combine != Combine.None) compare.Other = d.Predicate(d.Operand(3));
    }

    private static (string Relation, Combine Combine) Relation(Instruction i)
    {
        string? relation = null;
        Combine combine = Combine.None;
        foreach (string modifier in i.Modifiers)
        {
            if (PtxType.TryParse(modifier, out _)) continue;
            switch (modifier)
            {
                case ".and": combine = Combine.And; break;
                case ".or": combine = Combine.Or; break;
                case ".xor": combine = Combine.Xor; break;
                case ".ftz": break;
                default: relation = relation is null ? modifier : throw i.Error($"the modifier '{modifier}' is not supported"); break;
            }
        }

        return (relation ?? throw i.Error("it needs a comparison"), combine);
    }

    private static Compare Make(FunctionDecoder d, Instruction i, PtxType type, string relation)
    {
        Slot a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), type);
        bool flush = i.Has(".ftz");
        Compare? made = type switch
        {
            { Kind: PtxTypeKind.Float, Bits: 32 } when flush => Flushed(relation, a.Offset, b.Offset),
            { Kind: PtxTypeKind.Float, Bits: 32 } => Real<float>(relation, a.Offset, b.Offset),
            { Kind: PtxTypeKind.Float, Bits: 64 } => Real<double>(relation, a.Offset, b.Offset),
            { Kind: PtxTypeKind.Float, Bits: 16 } => Small(relation, a, b, false),
            { Kind: PtxTypeKind.BFloat } => Small(relation, a, b, true),
            { Kind: PtxTypeKind.Signed, Bits: 32 } => Whole<int>(relation, a.Offset, b.Offset),
            { Bits: 32, IsInteger: true } => Whole<uint>(relation, a.Offset, b.Offset),
            { Kind: PtxTypeKind.Signed, Bits: 64 } => Whole<long>(relation, a.Offset, b.Offset),
            { Bits: 64, IsInteger: true } => Whole<ulong>(relation, a.Offset, b.Offset),
            { Kind: PtxTypeKind.Signed, Bits: 16 } => Short<short>(relation, a, b),
            { Bits: 16, IsInteger: true } => Short<ushort>(relation, a, b),
            _ => null,
        };
        return made ?? throw i.Error($"there is no comparison '{relation}' of type {type}");
    }

    private static Compare? Whole<T>(string relation, int a, int b)
        where T : unmanaged => relation switch
        {
            ".eq" => new VectorComparison<T, Equal<T>>(a, b),
            ".ne" => new VectorComparison<T, Opposite<T, Equal<T>>>(a, b),
            ".lt" or ".lo" => new VectorComparison<T, Less<T>>(a, b),
            ".le" or ".ls" => new VectorComparison<T, LessOrEqual<T>>(a, b),
            ".gt" or ".hi" => new VectorComparison<T, Swap<T, Less<T>>>(a, b),
            ".ge" or ".hs" => new VectorComparison<T, Swap<T, LessOrEqual<T>>>(a, b),
            _ => null,
        };

    // lt, ... are false when an operand is a NaN; ltu, ... are true.
    private static Compare? Real<T>(string relation, int a, int b)
        where T : unmanaged => relation switch
        {
            ".eq" => new VectorComparison<T, Equal<T>>(a, b),
            ".ne" => new VectorComparison<T, Opposite<T, Either<T, Equal<T>, Unordered<T>>>>(a, b),
            ".lt" => new VectorComparison<T, Less<T>>(a, b),
            ".le" => new VectorComparison<T, LessOrEqual<T>>(a, b),
            ".gt" => new VectorComparison<T, Swap<T, Less<T>>>(a, b),
            ".ge" => new VectorComparison<T, Swap<T, LessOrEqual<T>>>(a, b),
            ".equ" => new VectorComparison<T, Either<T, Equal<T>, Unordered<T>>>(a, b),
            ".neu" => new VectorComparison<T, Opposite<T, Equal<T>>>(a, b),
            ".ltu" => new VectorComparison<T, Either<T, Less<T>, Unordered<T>>>(a, b),
            ".leu" => new VectorComparison<T, Either<T, LessOrEqual<T>, Unordered<T>>>(a, b),
            ".gtu" => new VectorComparison<T, Either<T, Swap<T, Less<T>>, Unordered<T>>>(a, b),
            ".geu" => new VectorComparison<T, Either<T, Swap<T, LessOrEqual<T>>, Unordered<T>>>(a, b),
            ".num" => new VectorComparison<T, Opposite<T, Unordered<T>>>(a, b),
            ".nan" => new VectorComparison<T, Unordered<T>>(a, b),
            _ => null,
        };

    private static LaneComparison<float>? Flushed(string relation, int a, int b)
    {
        Func<double, double, bool>? f = Scalar(relation);
        return f is null ? null
            : new LaneComparison<float>(new Slot(a, 4), new Slot(b, 4), (x, y) => f(SingleRules.Flush(x), SingleRules.Flush(y)));
    }

    private static LaneComparison<ushort>? Small(string relation, Slot a, Slot b, bool brain)
    {
        Func<double, double, bool>? f = Scalar(relation);
        return f is null ? null : new LaneComparison<ushort>(a, b, (x, y) => f(SmallFloats.From(x, brain), SmallFloats.From(y, brain)));
    }

    private static LaneComparison<T>? Short<T>(string relation, Slot a, Slot b)
        where T : unmanaged, System.Numerics.IComparisonOperators<T, T, bool> => relation switch
        {
            ".eq" => new LaneComparison<T>(a, b, (x, y) => x == y),
            ".ne" => new LaneComparison<T>(a, b, (x, y) => x != y),
            ".lt" or ".lo" => new LaneComparison<T>(a, b, (x, y) => x < y),
            ".le" or ".ls" => new LaneComparison<T>(a, b, (x, y) => x <= y),
            ".gt" or ".hi" => new LaneComparison<T>(a, b, (x, y) => x > y),
            ".ge" or ".hs" => new LaneComparison<T>(a, b, (x, y) => x >= y),
            _ => null,
        };

    private static Func<double, double, bool>? Scalar(string relation) => relation switch
    {
        ".eq" => (x, y) => x == y,
        ".ne" => (x, y) => x < y || x > y,
        ".lt" => (x, y) => x < y,
        ".le" => (x, y) => x <= y,
        ".gt" => (x, y) => x > y,
        ".ge" => (x, y) => x >= y,
        ".equ" => (x, y) => !(x < y || x > y),
        ".neu" => (x, y) => x != y,
        ".ltu" => (x, y) => !(x >= y),
        ".leu" => (x, y) => !(x > y),
        ".gtu" => (x, y) => !(x <= y),
        ".geu" => (x, y) => !(x < y),
        ".num" => (x, y) => !double.IsNaN(x) && !double.IsNaN(y),
        ".nan" => (x, y) => double.IsNaN(x) || double.IsNaN(y),
        _ => null,
    };

    private static void Property(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(2, 2);
        PtxType type = Modifiers.OnlyType(i);
        string property = i.Modifiers.FirstOrDefault(m => !PtxType.TryParse(m, out _)) ?? throw i.Error("it needs a property");
        if (type != PtxType.F32 && type != PtxType.F64) throw i.Error($"it has no type {type}");
        Slot a = d.Source(d.Operand(1), type);
        Compare test = type.Bits == 64
            ? new PropertyTest<double>(a, Number<double>(i, property, double.IsSubnormal, double.IsNormal))
            : new PropertyTest<float>(a, Number<float>(i, property, float.IsSubnormal, float.IsNormal));
        test.Outcome = d.PredicateResult(d.Operand(0));
        d.Emit(test);
    }

    private static Func<T, bool> Number<T>(Instruction i, string property, Func<T, bool> subnormal, Func<T, bool> normal)
        where T : System.Numerics.IFloatingPoint<T> => property switch
        {
            ".finite" => T.IsFinite,
            ".infinite" => T.IsInfinity,
            ".number" => x => !T.IsNaN(x),
            ".notanumber" => T.IsNaN,
            ".normal" => normal,
            ".subnormal" => subnormal,
            _ => throw i.Error($"there is no property '{property}'"),
        };
}
