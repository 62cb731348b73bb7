using AlexNetCuda.IO.Onnx;

namespace AlexNetCuda.IO;

/// <summary>The initialisers of an ONNX file as a file of weights: their names are often those that the exporting framework gives its parameters.</summary>
internal static class OnnxWeights
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="guess">The convention of tensors, as far as their names tell it.</param>
    /// <exception cref="WeightFileException">It cannot be read, or is no ONNX model.</exception>
    public static WeightFile Open(string path, Func<IReadOnlyList<WeightTensor>, WeightConvention?> guess)
    {
        try
        {
            ModelProto model = OnnxFile.ReadModel(path);
            WeightTensor[] tensors = [.. (model.Graph ?? new GraphProto()).Initializer.Select(t => new OnnxTensor(t, path)).Where(t => OnnxWeight.TypeOf(t) is not null).Select(t => new OnnxWeight(t, path))];
            return new WeightFile(path, tensors) { Convention = model.ProducerName == OnnxExport.Producer ? WeightConvention.Ours : guess(tensors) };
        }
        catch (OnnxException e)
        {
            throw new WeightFileException(e.Path, e.Reason, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"it cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A floating-point initialiser.</summary>
    private sealed class OnnxWeight(OnnxTensor tensor, string path)
        : WeightTensor(tensor.Name, TypeOf(tensor)!.Value, [.. tensor.Dimensions.Select(d => (long)d)], tensor.Count)
    {
        /// <summary>The type of a floating-point tensor; null for others, as the shapes of Reshape nodes.</summary>
        public static TensorDataType? TypeOf(OnnxTensor tensor) => tensor.Type switch
        {
            TensorProto.Types.DataType.Float => TensorDataType.Float32,
            TensorProto.Types.DataType.Double => TensorDataType.Float64,
            TensorProto.Types.DataType.Float16 => TensorDataType.Float16,
            _ => null,
        };

        public override void Read(Span<float> destination) => Read<float>(destination);

        public override void Read(Span<double> destination) => Read<double>(destination);

        public override void Read(Span<long> destination) => Check(destination.Length, floating: false, path);

        private void Read<T>(Span<T> destination)
            where T : System.Numerics.INumber<T>
        {
            Check(destination.Length, floating: true, path);
            tensor.To<T>().CopyTo(destination);
        }
    }
}
