using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>Makes numbers of the bytes of elements.</summary>
internal delegate void TensorConversion<T>(ReadOnlySpan<byte> bytes, TensorDataType type, Span<T> destination);

/// <summary>From the bytes of elements, least significant first, to numbers.</summary>
internal static class TensorBytes
{
    /// <summary>Floating-point elements as <typeparamref name="T"/>, rounded to nearest where that is narrower.</summary>
    public static void ToFloating<T>(ReadOnlySpan<byte> bytes, TensorDataType type, Span<T> destination)
        where T : IFloatingPointIeee754<T>
    {
        switch (type)
        {
            case TensorDataType.Float64:
                for (int i = 0; i < destination.Length; i++) destination[i] = T.CreateTruncating(BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]));
                break;
            case TensorDataType.Float32:
                for (int i = 0; i < destination.Length; i++) destination[i] = T.CreateTruncating(BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]));
                break;
            case TensorDataType.Float16:
                for (int i = 0; i < destination.Length; i++) destination[i] = T.CreateTruncating(BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]));
                break;
            case TensorDataType.BFloat16:
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = T.CreateTruncating(BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) << 16));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }

    /// <summary>Integer elements; false and true are 0 and 1.</summary>
    /// <exception cref="OverflowException">One does not fit.</exception>
    public static void ToIntegers(ReadOnlySpan<byte> bytes, TensorDataType type, Span<long> destination)
    {
        int size = TensorDataTypes.SizeOf(type);
        for (int i = 0; i < destination.Length; i++)
        {
            ReadOnlySpan<byte> one = bytes.Slice(size * i, size);
            destination[i] = type switch
            {
                TensorDataType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(one),
                TensorDataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(one),
                TensorDataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(one),
                TensorDataType.Int8 => (sbyte)one[0],
                TensorDataType.UInt64 => checked((long)BinaryPrimitives.ReadUInt64LittleEndian(one)),
                TensorDataType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(one),
                TensorDataType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(one),
                TensorDataType.UInt8 or TensorDataType.Bool => one[0],
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer type."),
            };
        }
    }

    /// <summary>Turns the bytes of each element around.</summary>
    public static void Reverse(Span<byte> bytes, int elementSize)
    {
        switch (elementSize)
        {
            case 2:
                Span<short> shorts = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<int> ints = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                Span<long> longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break; // single bytes have no order
        }
    }
}
