using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.Ptx.Execution;

// The functions of vectors that VectorUnary, VectorBinary and VectorTernary are made of. Structs, so that the compiler makes
// one loop for each.

internal readonly struct Copy<T> : IUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => a;
}

internal readonly struct Not<T> : IUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => ~a;
}

internal readonly struct Negate<T> : IUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => -a;
}

internal readonly struct Add<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a + b;
}

internal readonly struct Subtract<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a - b;
}

internal readonly struct Multiply<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a * b;
}

internal readonly struct Divide<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a / b;
}

internal readonly struct And<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a & b;
}

internal readonly struct Or<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a | b;
}

internal readonly struct Xor<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a ^ b;
}

internal readonly struct Minimum<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
}

internal readonly struct Maximum<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
}

internal readonly struct MultiplyAdd<T> : ITernary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c) => (a * b) + c;
}

/// <summary>One of the two numbers that is a number; -0 is less than +0 (PTX ISA, "min", "max").</summary>
internal readonly struct MinimumNumber<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.MinNumber(a, b);
}

internal readonly struct MaximumNumber<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.MaxNumber(a, b);
}

/// <summary>min.NaN and max.NaN: a NaN wins.</summary>
internal readonly struct MinimumNaN<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
}

internal readonly struct MaximumNaN<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
}

internal readonly struct FusedSingle : ITernary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);
}

internal readonly struct FusedDouble : ITernary<double>
{
    public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);
}

internal readonly struct SquareRoot<T> : IUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => Vector256.Sqrt(a);
}

internal readonly struct ReciprocalSingle : IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => Vector256<float>.One / a;
}

internal readonly struct ReciprocalDouble : IUnary<double>
{
    public static Vector256<double> Apply(Vector256<double> a) => Vector256<double>.One / a;
}

internal readonly struct AbsoluteSingle : IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => (a.AsUInt32() & Vector256.Create(0x7FFF_FFFFu)).AsSingle();
}

internal readonly struct AbsoluteDouble : IUnary<double>
{
    public static Vector256<double> Apply(Vector256<double> a) => (a.AsUInt64() & Vector256.Create(0x7FFF_FFFF_FFFF_FFFFul)).AsDouble();
}

internal readonly struct FlipSingle : IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => (a.AsUInt32() ^ Vector256.Create(0x8000_0000u)).AsSingle();
}

internal readonly struct FlipDouble : IUnary<double>
{
    public static Vector256<double> Apply(Vector256<double> a) => (a.AsUInt64() ^ Vector256.Create(0x8000_0000_0000_0000ul)).AsDouble();
}

/// <summary>cvt.rn.f32.s32, as bits.</summary>
internal readonly struct ToSingle : IUnary<int>
{
    public static Vector256<int> Apply(Vector256<int> a) => Vector256.ConvertToSingle(a).AsInt32();
}

internal readonly struct Equal<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, b);
}

internal readonly struct Less<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThan(a, b);
}

internal readonly struct LessOrEqual<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThanOrEqual(a, b);
}

/// <summary>All ones where either operand is a NaN.</summary>
internal readonly struct Unordered<T> : IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => ~(Vector256.Equals(a, a) & Vector256.Equals(b, b));
}

/// <summary>The operands the other way round.</summary>
internal readonly struct Swap<T, TF> : IBinary<T>
    where TF : struct, IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => TF.Apply(b, a);
}

/// <summary>The opposite of a comparison.</summary>
internal readonly struct Opposite<T, TF> : IBinary<T>
    where TF : struct, IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => ~TF.Apply(a, b);
}

/// <summary>Either comparison.</summary>
internal readonly struct Either<T, TF, TG> : IBinary<T>
    where TF : struct, IBinary<T>
    where TG : struct, IBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => TF.Apply(a, b) | TG.Apply(a, b);
}

/// <summary>What PTX does to the operands and results of .f32 arithmetic: flushing, saturation, one NaN.</summary>
internal static class SingleRules
{
    /// <summary>Every NaN becomes 0x7FFFFFFF, the one that .f32 arithmetic gives (PTX ISA, "Floating Point Instructions").</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OneNaN(Vector256<float> a) =>
        Vector256.ConditionalSelect(Vector256.Equals(a, a), a, Vector256.Create(0x7FFF_FFFFu).AsSingle());

    /// <summary>.ftz: subnormals become zeros of their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Flush(Vector256<float> a)
    {
        Vector256<uint> bits = a.AsUInt32();
        Vector256<uint> subnormal = Vector256.Equals(bits & Vector256.Create(0x7F80_0000u), Vector256<uint>.Zero);
        return Vector256.ConditionalSelect(subnormal, bits & Vector256.Create(0x8000_0000u), bits).AsSingle();
    }

    /// <summary>.sat: into [0, 1], NaN to +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Saturate(Vector256<float> a)
    {
        Vector256<float> positive = Vector256.ConditionalSelect(Vector256.GreaterThan(a, Vector256<float>.Zero), a, Vector256<float>.Zero);
        return Vector256.ConditionalSelect(Vector256.LessThan(positive, Vector256<float>.One), positive, Vector256<float>.One);
    }

    public static float Flush(float a) => float.IsSubnormal(a) ? float.CopySign(0, a) : a;

    public static float OneNaN(float a) => float.IsNaN(a) ? BitConverter.UInt32BitsToSingle(0x7FFF_FFFF) : a;

    public static float Saturate(float a) => a > 0 ? Math.Min(a, 1) : 0;
}

/// <summary>Wraps a function of .f32 in the rules.</summary>
internal readonly struct Single1<TF> : IUnary<float>
    where TF : struct, IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => SingleRules.OneNaN(TF.Apply(a));
}

internal readonly struct Single1Ftz<TF> : IUnary<float>
    where TF : struct, IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => SingleRules.OneNaN(SingleRules.Flush(TF.Apply(SingleRules.Flush(a))));
}

internal readonly struct Single2<TF> : IBinary<float>
    where TF : struct, IBinary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => SingleRules.OneNaN(TF.Apply(a, b));
}

internal readonly struct Single2Ftz<TF> : IBinary<float>
    where TF : struct, IBinary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b) =>
        SingleRules.OneNaN(SingleRules.Flush(TF.Apply(SingleRules.Flush(a), SingleRules.Flush(b))));
}

internal readonly struct Single3<TF> : ITernary<float>
    where TF : struct, ITernary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        SingleRules.OneNaN(TF.Apply(a, b, c));
}

internal readonly struct Single3Ftz<TF> : ITernary<float>
    where TF : struct, ITernary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        SingleRules.OneNaN(SingleRules.Flush(TF.Apply(SingleRules.Flush(a), SingleRules.Flush(b), SingleRules.Flush(c))));
}

/// <summary>.sat as an instruction of its own, after the one it belongs to.</summary>
internal readonly struct SaturateSingle : IUnary<float>
{
    public static Vector256<float> Apply(Vector256<float> a) => SingleRules.Saturate(a);
}
