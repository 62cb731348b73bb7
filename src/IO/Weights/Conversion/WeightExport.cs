using System.Numerics;

namespace AlexNetCuda.IO;

/// <summary>Gives the parameters of a network to a file's writer.</summary>
public static class WeightExport
{
    /// <summary>
    /// The tensors of a network, for <see cref="SafetensorsWriter"/> or <see cref="NpzWriter"/>. Values are taken, and put into the convention's order, a parameter at a time
    /// when they are written; the parameters must not change until then.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="convention">The names and layouts.</param>
    /// <param name="reverseChannels">Whether the order of the image's channels is turned around, RGB for BGR: the input channels of the first convolution's filters are.</param>
    /// <param name="storage">Float32, or Float64.</param>
    /// <exception cref="ArgumentException">The channels cannot be turned around, the parameters are another network's, or <paramref name="storage"/> is no type of parameters.</exception>
    public static IReadOnlyList<TensorToWrite> Tensors(
        Network network, Parameters parameters, WeightConvention convention, bool reverseChannels = false, ElementType storage = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(parameters);
        if (storage is not (ElementType.Float32 or ElementType.Float64)) throw new ArgumentException($"Parameters are written as Float32 or Float64, not {storage}.", nameof(storage));
        string? reversed = reverseChannels ? InputChannels.FirstWeights(network) : null;
        return [.. StoredParameter.Of(network, convention).Select(stored =>
        {
            Parameter parameter = stored.In(parameters);
            bool reverse = stored.Info.Name == reversed;
            return storage == ElementType.Float64
                ? TensorToWrite.Float64(stored.Name, stored.Shape, new ParameterValues<double>(stored, reverse, parameter.Read).Fill)
                : TensorToWrite.Float32(stored.Name, stored.Shape, new ParameterValues<float>(stored, reverse, parameter.Read).Fill);
        })];
    }

    private delegate void SpanReader<T>(Span<T> destination);

    /// <summary>The values of a parameter in stored order, held from the first piece that is written to the last.</summary>
    private sealed class ParameterValues<T>(StoredParameter stored, bool reverse, SpanReader<T> read)
        where T : INumber<T>
    {
        private T[]? _values;

        public void Fill(long first, Span<T> destination)
        {
            T[] values = _values ??= Make();
            values.AsSpan((int)first, destination.Length).CopyTo(destination);
            if (first + destination.Length == values.Length) _values = null;
        }

        private T[] Make()
        {
            T[] values = GC.AllocateUninitializedArray<T>((int)stored.Info.Shape.Count);
            read(values);
            if (reverse) InputChannels.Reverse<T>(values, stored.Info.Shape);
            return stored.ToStored(values);
        }
    }
}
