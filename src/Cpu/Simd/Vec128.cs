using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>128 bits: SSE, or AdvSimd on Arm.</summary>
internal readonly unsafe struct Vec128(Vector128<float> value) : IVector<Vec128>
{
    private readonly Vector128<float> _value = value;

    public static int Width => 4;

    public static int PerBlock => 4;

    public static bool Fused => Fma.IsSupported || AdvSimd.IsSupported;

    public static bool TallTiles => false;

    public static Vec128 Zero => new(Vector128<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Broadcast(float value) =>
        new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Load(float* source) =>
        new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vec128 value, float* destination) =>
        Vector128.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNonTemporal(Vec128 value, float* destination) =>
        Vector128.StoreAlignedNonTemporal(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Add(Vec128 a, Vec128 b) =>
        new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Subtract(Vec128 a, Vec128 b) =>
        new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Multiply(Vec128 a, Vec128 b) =>
        new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Divide(Vec128 a, Vec128 b) =>
        new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 MultiplyAdd(Vec128 a, Vec128 b, Vec128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 MultiplyAdd(Vec128 a, float* b, Vec128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, Vector128.Load(b), c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Sqrt(Vec128 a) =>
        new(Vector128.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 InverseSqrt(Vec128 a) =>
        Divide(Broadcast(1), Sqrt(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Min(Vec128 a, Vec128 b) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(a._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Exp(Vec128 a) =>
        new(Vector128.Exp(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Log(Vec128 a) =>
        new(Vector128.Log(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 MaxNaN(Vec128 a, Vec128 b) =>
        new(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(a._value, b._value) | ~Vector128.Equals(b._value, b._value), b._value, a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Relu(Vec128 a) =>
        new(Vector128.AndNot(a._value, Vector128.LessThan(a._value, Vector128<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ReluGradient(Vec128 output, Vec128 gradient) =>
        new(Vector128.AndNot(gradient._value, Vector128.LessThanOrEqual(output._value, Vector128<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 SameMask(Vec128 a, Vec128 b) =>
        new(Vector128.Equals(a._value, b._value) | ~(Vector128.Equals(a._value, a._value) | Vector128.Equals(b._value, b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 And(Vec128 mask, Vec128 a) =>
        new(mask._value & a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 AndNot(Vec128 mask, Vec128 a) =>
        new(Vector128.AndNot(a._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Or(Vec128 a, Vec128 b) =>
        new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Up(Vec128 before, Vec128 a, int lanes)
    {
        Vector128<float> low = before._value, high = a._value;
        return new(lanes switch
        {
            1 => Vector128.Create(low[3], high[0], high[1], high[2]),
            2 => Vector128.Create(low[2], low[3], high[0], high[1]),
            _ => Vector128.Create(low[1], low[2], low[3], high[0]),
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, float* destination) =>
        Transposition.Single(source, destination);
}
