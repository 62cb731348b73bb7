using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.IO.Onnx;

/// <summary>A tensor of an ONNX file, checked: its dimensions are sizes, its type is supported, and its data are as many as its elements.</summary>
internal sealed class OnnxTensor
{
    private readonly TensorProto _proto;
    private readonly string _path;

    /// <summary>Checks a tensor.</summary>
    /// <param name="proto">The tensor as the file has it.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="OnnxException">It contradicts itself, or is of a kind that is not supported.</exception>
    public OnnxTensor(TensorProto proto, string path)
    {
        (_proto, _path) = (proto, path);
        if (proto.DataLocation != TensorProto.Types.DataLocation.Default) throw Error("its data lie in another file, which is not supported.");
        if (proto.DataType is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Uint8 or DataType.Bool or DataType.Int32 or DataType.Int64))
            throw Error($"its element type, {TypeName(proto.DataType)}, is not supported.");
        long count = 1;
        foreach (long size in proto.Dims)
        {
            if (size is < 1 or > int.MaxValue) throw Error(string.Create(CultureInfo.InvariantCulture, $"a dimension of {size} is not supported."));
            if ((count *= size) > Array.MaxLength) throw Error($"its shape, {Shape}, has more elements than an array holds.");
        }

        Dimensions = [.. proto.Dims.Select(d => (int)d)];
        Count = (int)count;
        CheckLength();
    }

    /// <summary>The tensor's name; empty where it has none.</summary>
    public string Name => _proto.Name;

    /// <summary>The type of the elements.</summary>
    public DataType Type => _proto.DataType;

    /// <summary>The dimensions, outermost first, each at least 1; none for a scalar.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    private string Shape => $"[{string.Join(", ", _proto.Dims.Select(d => d.ToString(CultureInfo.InvariantCulture)))}]";

    /// <summary>The elements in row-major order. False and true are 0 and 1.</summary>
    /// <typeparam name="T">The type they are wanted in.</typeparam>
    /// <exception cref="OnnxException">An integer does not fit in <typeparamref name="T"/>.</exception>
    public T[] To<T>()
        where T : INumber<T>
    {
        try
        {
            return _proto.RawData.Length > 0 ? FromRaw<T>(_proto.RawData.Span) : Type switch
            {
                DataType.Float => Convert<float, T>(_proto.FloatData),
                DataType.Double => Convert<double, T>(_proto.DoubleData),
                DataType.Int64 => Convert<long, T>(_proto.Int64Data),
                DataType.Float16 => [.. _proto.Int32Data.Select(bits => T.CreateChecked(BitConverter.UInt16BitsToHalf(checked((ushort)bits))))],
                _ => Convert<int, T>(_proto.Int32Data),
            };
        }
        catch (OverflowException e)
        {
            throw new OnnxException(_path, $"tensor {OnnxFile.Quote(Name)}: an element does not fit in {typeof(T).Name}.", e);
        }
    }

    /// <summary>The elements without a copy, where the file has them as float32 in raw bytes.</summary>
    /// <param name="values">The elements in row-major order.</param>
    public bool TryGetFloats(out ReadOnlySpan<float> values)
    {
        bool raw = Type == DataType.Float && _proto.RawData.Length > 0 && BitConverter.IsLittleEndian;
        values = raw ? MemoryMarshal.Cast<byte, float>(_proto.RawData.Span) : [];
        return raw;
    }

    private static string TypeName(DataType type) => Enum.IsDefined(type) ? type.ToString() : ((int)type).ToString(CultureInfo.InvariantCulture);

    private static T[] Convert<TStored, T>(RepeatedField<TStored> values)
        where TStored : INumber<TStored>
        where T : INumber<T>
    {
        var result = new T[values.Count];
        for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(values[i]);
        return result;
    }

    private T[] FromRaw<T>(ReadOnlySpan<byte> data)
        where T : INumber<T>
    {
        var result = new T[Count];
        switch (Type)
        {
            case DataType.Float:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(BinaryPrimitives.ReadSingleLittleEndian(data[(i * 4)..]));
                break;
            case DataType.Double:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(BinaryPrimitives.ReadDoubleLittleEndian(data[(i * 8)..]));
                break;
            case DataType.Float16:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(BinaryPrimitives.ReadHalfLittleEndian(data[(i * 2)..]));
                break;
            case DataType.Int32:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(BinaryPrimitives.ReadInt32LittleEndian(data[(i * 4)..]));
                break;
            case DataType.Int64:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(BinaryPrimitives.ReadInt64LittleEndian(data[(i * 8)..]));
                break;
            default:
                for (int i = 0; i < result.Length; i++) result[i] = T.CreateChecked(data[i]);
                break;
        }

        return result;
    }

    /// <summary>The data are where their type has them, and as many as the shape says, before anything is allocated for them.</summary>
    private void CheckLength()
    {
        int size = Type switch { DataType.Float or DataType.Int32 => 4, DataType.Double or DataType.Int64 => 8, DataType.Float16 => 2, _ => 1 };
        if (_proto.RawData.Length > 0)
        {
            if (_proto.RawData.Length != (long)Count * size)
                throw Error(string.Create(CultureInfo.InvariantCulture, $"its shape, {Shape} of {Type}, takes {(long)Count * size} bytes, not {_proto.RawData.Length}."));
            return;
        }

        int stored = Type switch
        {
            DataType.Float => _proto.FloatData.Count,
            DataType.Double => _proto.DoubleData.Count,
            DataType.Int64 => _proto.Int64Data.Count,
            _ => _proto.Int32Data.Count,
        };
        if (stored != Count)
            throw Error(string.Create(CultureInfo.InvariantCulture, $"its shape, {Shape} of {Type}, has {Count} elements, not {stored}."));
    }

    private OnnxException Error(string reason) => new(_path, $"tensor {OnnxFile.Quote(_proto.Name)}: {reason}");
}
