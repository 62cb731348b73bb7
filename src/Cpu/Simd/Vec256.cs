using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>256 bits: AVX2 and FMA.</summary>
internal readonly unsafe struct Vec256(Vector256<float> value) : IVector<Vec256>
{
    private readonly Vector256<float> _value = value;

    public static int Width => 8;

    public static int PerBlock => 2;

    public static bool Fused => Fma.IsSupported;

    public static bool TallTiles => false;

    public static Vec256 Zero => new(Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Broadcast(float value) =>
        new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Load(float* source) =>
        new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vec256 value, float* destination) =>
        Vector256.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNonTemporal(Vec256 value, float* destination) =>
        Vector256.StoreAlignedNonTemporal(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Add(Vec256 a, Vec256 b) =>
        new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Subtract(Vec256 a, Vec256 b) =>
        new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Multiply(Vec256 a, Vec256 b) =>
        new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Divide(Vec256 a, Vec256 b) =>
        new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 MultiplyAdd(Vec256 a, Vec256 b, Vec256 c) =>
        new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 MultiplyAdd(Vec256 a, float* b, Vec256 c) =>
        new(Vector256.MultiplyAddEstimate(a._value, Vector256.Load(b), c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Sqrt(Vec256 a) =>
        new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 InverseSqrt(Vec256 a)
    {
        if (Avx.IsSupported) return InverseRoot.Refine(a, new Vec256(Avx.ReciprocalSqrt(a._value)));
        return Divide(Broadcast(1), Sqrt(a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Min(Vec256 a, Vec256 b) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(a._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Exp(Vec256 a) =>
        new(Vector256.Exp(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Log(Vec256 a) =>
        new(Vector256.Log(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 MaxNaN(Vec256 a, Vec256 b) =>
        new(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(a._value, b._value) | ~Vector256.Equals(b._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Relu(Vec256 a) =>
        new(Vector256.AndNot(a._value, Vector256.LessThan(a._value, Vector256<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ReluGradient(Vec256 output, Vec256 gradient) =>
        new(Vector256.AndNot(gradient._value, Vector256.LessThanOrEqual(output._value, Vector256<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 SameMask(Vec256 a, Vec256 b) =>
        new(Vector256.Equals(a._value, b._value) | ~(Vector256.Equals(a._value, a._value) | Vector256.Equals(b._value, b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 And(Vec256 mask, Vec256 a) =>
        new(mask._value & a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 AndNot(Vec256 mask, Vec256 a) =>
        new(Vector256.AndNot(a._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Or(Vec256 a, Vec256 b) =>
        new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Up(Vec256 before, Vec256 a, int lanes)
    {
        if (!Avx2.IsSupported) return Lanes.Up(before, a, lanes);
        // Halves are shifted on their own: each with the half before it.
        Vector256<byte> high = a._value.AsByte(), low = before._value.AsByte(), middle = Avx2.Permute2x128(low, high, 0x21);
        if (lanes == Width / 2) return new(middle.AsSingle());
#pragma warning disable CA1857 // lanes are constant where this is inlined
        return new((lanes < Width / 2 ? Avx2.AlignRight(high, middle, (byte)(16 - (4 * lanes))) : Avx2.AlignRight(middle, low, (byte)(32 - (4 * lanes)))).AsSingle());
#pragma warning restore CA1857
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, float* destination)
    {
        if (Avx.IsSupported) Transposition.Bits256(source, destination);
        else Transposition.Single(source, destination);
    }
}
