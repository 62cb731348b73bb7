using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>Numbers that lie one after the other in a file: <paramref name="Count"/> of them, <paramref name="Stride"/> bytes from one to the next.</summary>
internal readonly record struct CaffeRun(long Start, long Count, int Stride);

/// <summary>
/// A blob: its dimensions and where its values lie. Field numbers of BlobProto (BVLC Caffe, src/caffe/proto/caffe.proto): num 1, channels 2, height 3, width 4 (all in
/// older files), data 5, shape 7 (with dim 1), double_data 8. Numbers may be packed, as Caffe writes them, or each a field of its own.
/// </summary>
/// <param name="Type">Float32 or Float64.</param>
/// <param name="Shape">The dimensions; of an older file four.</param>
/// <param name="Runs">The values.</param>
/// <param name="Count">The number of values, that of the shape.</param>
internal sealed record CaffeBlob(TensorDataType Type, long[] Shape, IReadOnlyList<CaffeRun> Runs, long Count)
{
    private const int Data = 5, ShapeField = 7, DoubleData = 8, Dim = 1;

    /// <summary>Reads a blob.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="name">The blob's name, for messages.</param>
    public static CaffeBlob Read(WireReader message, string path, string name)
    {
        var older = new long[4];
        bool isOlder = false;
        List<long>? shape = null;
        List<CaffeRun> singles = [], doubles = [];
        while (message.TryReadTag(out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case ( >= 1 and <= 4, WireReader.Varint):
                    older[field - 1] = (long)message.ReadVarint();
                    isOlder = true;
                    break;
                case (ShapeField, WireReader.LengthDelimited):
                    ReadShape(message.ReadMessage(), shape ??= []);
                    break;
                case (Data, _):
                    ReadRun(message, wireType, WireReader.Bits32, singles);
                    break;
                case (DoubleData, _):
                    ReadRun(message, wireType, WireReader.Bits64, doubles);
                    break;
                default:
                    message.Skip(wireType);
                    break;
            }
        }

        // As Caffe has it: doubles where there are any.
        (TensorDataType type, List<CaffeRun> runs) = doubles.Count > 0 ? (TensorDataType.Float64, doubles) : (TensorDataType.Float32, singles);
        long[] dimensions = shape is not null ? [.. shape] : isOlder ? older : [];
        long given = runs.Sum(r => r.Count);
        if (!TensorShapes.TryCount(dimensions, TensorDataTypes.SizeOf(type), out long count, out _) || count != given)
        {
            throw new WeightFileException(path, string.Create(
                CultureInfo.InvariantCulture, $"blob {TensorShapes.Show(name)}: its shape, {TensorShapes.Show(dimensions)}, is not that of its {given} values."));
        }

        return new CaffeBlob(type, dimensions, runs, count);
    }

    private static void ReadShape(WireReader message, List<long> shape)
    {
        while (message.TryReadTag(out int field, out int wireType))
        {
            if ((field, wireType) == (Dim, WireReader.Varint))
            {
                shape.Add((long)message.ReadVarint());
            }
            else if ((field, wireType) == (Dim, WireReader.LengthDelimited))
            {
                WireReader packed = message.ReadMessage();
                while (!packed.AtEnd && shape.Count <= TensorShapes.MostDimensions) shape.Add((long)packed.ReadVarint());
            }
            else
            {
                message.Skip(wireType);
            }

            if (shape.Count > TensorShapes.MostDimensions) throw message.Error("a shape has too many dimensions");
        }
    }

    private static void ReadRun(WireReader message, int wireType, int single, List<CaffeRun> runs)
    {
        int size = single == WireReader.Bits64 ? 8 : 4;
        if (wireType == WireReader.LengthDelimited)
        {
            (long start, long length) = message.ReadPlace();
            if (length % size != 0) throw message.Error("packed numbers are cut short");
            if (length > 0) runs.Add(new CaffeRun(start, length / size, size));
        }
        else if (wireType == single)
        {
            long start = message.SkipFixed(wireType);
            int stride = size + 1; // the field's tag lies before each
            if (runs.Count > 0 && runs[^1] is var last && last.Stride == stride && last.Start + (last.Count * stride) == start)
                runs[^1] = last with { Count = last.Count + 1 };
            else
                runs.Add(new CaffeRun(start, 1, stride));
        }
        else
        {
            throw message.Error("values are no floating-point numbers");
        }
    }
}
