using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>512 bits: AVX-512.</summary>
internal readonly unsafe struct Vec512(Vector512<float> value) : IVector<Vec512>
{
    private readonly Vector512<float> _value = value;

    public static int Width => 16;

    public static int PerBlock => 1;

    public static bool Fused => true;

    public static bool TallTiles => true;

    public static Vec512 Zero => new(Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Broadcast(float value) =>
        new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Load(float* source) =>
        new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vec512 value, float* destination) =>
        Vector512.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNonTemporal(Vec512 value, float* destination) =>
        Vector512.StoreAlignedNonTemporal(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Add(Vec512 a, Vec512 b) =>
        new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Subtract(Vec512 a, Vec512 b) =>
        new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Multiply(Vec512 a, Vec512 b) =>
        new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Divide(Vec512 a, Vec512 b) =>
        new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 MultiplyAdd(Vec512 a, Vec512 b, Vec512 c) =>
        new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 MultiplyAdd(Vec512 a, float* b, Vec512 c) =>
        new(Vector512.MultiplyAddEstimate(a._value, Vector512.Load(b), c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Sqrt(Vec512 a) =>
        new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 InverseSqrt(Vec512 a)
    {
        if (Avx512F.IsSupported) return InverseRoot.Refine(a, new Vec512(Avx512F.ReciprocalSqrt14(a._value)));
        return Divide(Broadcast(1), Sqrt(a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Min(Vec512 a, Vec512 b) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Exp(Vec512 a) =>
        new(Vector512.Exp(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Log(Vec512 a) =>
        new(Vector512.Log(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 MaxNaN(Vec512 a, Vec512 b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a._value, b._value) | ~Vector512.Equals(b._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Relu(Vec512 a) =>
        new(Vector512.AndNot(a._value, Vector512.LessThan(a._value, Vector512<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ReluGradient(Vec512 output, Vec512 gradient) =>
        new(Vector512.AndNot(gradient._value, Vector512.LessThanOrEqual(output._value, Vector512<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 SameMask(Vec512 a, Vec512 b) =>
        new(Vector512.Equals(a._value, b._value) | ~(Vector512.Equals(a._value, a._value) | Vector512.Equals(b._value, b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 And(Vec512 mask, Vec512 a) =>
        new(mask._value & a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 AndNot(Vec512 mask, Vec512 a) =>
        new(Vector512.AndNot(a._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Or(Vec512 a, Vec512 b) =>
        new(a._value | b._value);

#pragma warning disable CA1857 // lanes are constant where this is inlined
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Up(Vec512 before, Vec512 a, int lanes) =>
        Avx512F.IsSupported ? new(Avx512F.AlignRight32(a._value.AsInt32(), before._value.AsInt32(), (byte)(Width - lanes)).AsSingle()) : Lanes.Up(before, a, lanes);
#pragma warning restore CA1857

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, float* destination)
    {
        if (Avx512F.IsSupported) Transposition.Bits512(source, destination);
        else Transposition.Single(source, destination);
    }
}
