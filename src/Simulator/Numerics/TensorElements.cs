using System.Runtime.CompilerServices;

namespace AlexNetCuda.Simulator.Numerics;

/// <summary>
/// Numbers in the host's copy of device memory, read as float32 and written rounded to nearest, ties to even. All sums of the
/// simulated libraries are in float32, whatever they read and write. Addresses are those of <c>DeviceMemory.HostPointer</c>.
/// </summary>
internal static unsafe class TensorElements
{
    /// <summary>The size of an element in bytes, to which its address is aligned.</summary>
    internal static int Size(this ElementKind kind) => kind == ElementKind.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>One element.</summary>
    /// <param name="kind">How it lies there.</param>
    /// <param name="origin">The host address of element 0.</param>
    /// <param name="index">Which, in elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Read(this ElementKind kind, nint origin, long index) => kind switch
    {
        ElementKind.Float32 => ((float*)origin)[index],
        ElementKind.Float16 => Rounding.FromHalfBits(((ushort*)origin)[index]),
        _ => Rounding.FromBFloatBits(((ushort*)origin)[index]),
    };

    /// <summary>Writes one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Write(this ElementKind kind, nint origin, long index, float value)
    {
        switch (kind)
        {
            case ElementKind.Float32:
                ((float*)origin)[index] = value;
                break;
            case ElementKind.Float16:
                ((ushort*)origin)[index] = Rounding.ToHalfBits(value);
                break;
            default:
                ((ushort*)origin)[index] = Rounding.ToBFloatBits(value);
                break;
        }
    }

    /// <summary>Reads elements that lie one after the other.</summary>
    internal static void Read(this ElementKind kind, nint origin, long index, Span<float> values)
    {
        switch (kind)
        {
            case ElementKind.Float32:
                new ReadOnlySpan<float>((float*)origin + index, values.Length).CopyTo(values);
                break;
            case ElementKind.Float16:
                var halves = new ReadOnlySpan<ushort>((ushort*)origin + index, values.Length);
                for (var i = 0; i < halves.Length; i++) values[i] = Rounding.FromHalfBits(halves[i]);
                break;
            default:
                var brains = new ReadOnlySpan<ushort>((ushort*)origin + index, values.Length);
                for (var i = 0; i < brains.Length; i++) values[i] = Rounding.FromBFloatBits(brains[i]);
                break;
        }
    }

    /// <summary>Writes elements that lie one after the other.</summary>
    internal static void Write(this ElementKind kind, nint origin, long index, ReadOnlySpan<float> values)
    {
        switch (kind)
        {
            case ElementKind.Float32:
                values.CopyTo(new Span<float>((float*)origin + index, values.Length));
                break;
            case ElementKind.Float16:
                var halves = new Span<ushort>((ushort*)origin + index, values.Length);
                for (var i = 0; i < halves.Length; i++) halves[i] = Rounding.ToHalfBits(values[i]);
                break;
            default:
                var brains = new Span<ushort>((ushort*)origin + index, values.Length);
                for (var i = 0; i < brains.Length; i++) brains[i] = Rounding.ToBFloatBits(values[i]);
                break;
        }
    }

    /// <summary>A sum as it comes back from memory of this kind: what a partial sum kept there loses.</summary>
    internal static float Stored(this ElementKind kind, float value) => kind switch
    {
        ElementKind.Float32 => value,
        ElementKind.Float16 => Rounding.FromHalfBits(Rounding.ToHalfBits(value)),
        _ => Rounding.FromBFloatBits(Rounding.ToBFloatBits(value)),
    };
}
