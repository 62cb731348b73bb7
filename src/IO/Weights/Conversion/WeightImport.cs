using System.IO.Enumeration;
using System.Numerics;

namespace AlexNetCuda.IO;

/// <summary>Puts the tensors of a file into the parameters of a network.</summary>
public static class WeightImport
{
    private const int MostListed = 20;

    /// <summary>
    /// Reads parameters. All names, types and shapes are checked before the first value changes; where a file cannot be read to its end, some parameters have changed.
    /// </summary>
    /// <param name="tensors">The tensors of the file.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="options">Names and layouts, and what is left out.</param>
    /// <param name="cancellation">Stops the work between parameters.</param>
    /// <returns>What was read and what was not.</returns>
    /// <exception cref="ArgumentException">
    /// A pattern to skip matches nothing, the channels cannot be turned around, or the parameters are another network's.
    /// </exception>
    /// <exception cref="WeightFileException">
    /// Tensors have other shapes or no floating-point numbers (one error lists all), some are missing, none is of the network, or the file cannot be read.
    /// </exception>
    public static WeightImportReport Read(
        IReadOnlyList<WeightTensor> tensors, string path, Network network, Parameters parameters, WeightImportOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        string? reversed = options.ReverseChannels ? InputChannels.FirstWeights(network) : null;
        var byName = new Dictionary<string, WeightTensor>();
        foreach (WeightTensor tensor in tensors)
            if (!byName.TryAdd(tensor.Name, tensor)) throw new WeightFileException(path, $"two of its tensors have the name {TensorShapes.Show(tensor.Name)}.");
        IReadOnlyList<StoredParameter> all = StoredParameter.Of(network, options.Convention);
        foreach (string pattern in options.Skip)
        {
            if (!all.Any(p => Matches(pattern, p)))
                throw new ArgumentException($"Nothing of network '{network.Name}' matches '{pattern}'. It has: {string.Join(", ", all.Select(p => p.Layer).Distinct())}.");
        }

        StoredParameter[] skipped = [.. all.Where(p => options.Skip.Any(s => Matches(s, p)))];
        StoredParameter[] wanted = [.. all.Except(skipped)];
        (StoredParameter Stored, WeightTensor Tensor)[] found = [.. wanted.Where(p => byName.ContainsKey(p.Name)).Select(p => (p, byName[p.Name]))];
        string[] missing = [.. wanted.Where(p => !byName.ContainsKey(p.Name)).Select(p => p.Info.Name)];
        CheckNames(wanted, missing, tensors, path, options);
        CheckShapes(found, path, options);
        Parameter[] targets = [.. found.Select(f => f.Stored.In(parameters))];
        foreach (((StoredParameter stored, WeightTensor tensor), Parameter parameter) in found.Zip(targets))
        {
            cancellation.ThrowIfCancellationRequested();
            bool reverse = stored.Info.Name == reversed;
            if (tensor.DataType == TensorDataType.Float64) parameter.Write(Values<double>(stored, tensor.Count, reverse, tensor.Read));
            else parameter.Write(Values<float>(stored, tensor.Count, reverse, tensor.Read));
        }

        HashSet<string> known = [.. all.Select(p => p.Name)];
        return new WeightImportReport(
            [.. found.Select(f => f.Stored.Info.Name)], [.. skipped.Select(p => p.Info.Name)], missing, [.. tensors.Select(t => t.Name).Where(n => !known.Contains(n))]);
    }

    private static bool Matches(string pattern, StoredParameter parameter) =>
        FileSystemName.MatchesSimpleExpression(pattern, parameter.Layer, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(pattern, parameter.Info.Name, ignoreCase: false);

    private static ReadOnlySpan<T> Values<T>(StoredParameter stored, long count, bool reverse, SpanReader<T> read)
        where T : INumber<T>
    {
        T[] values = GC.AllocateUninitializedArray<T>((int)count);
        read(values);
        values = stored.ToCanonical(values);
        if (reverse) InputChannels.Reverse<T>(values, stored.Info.Shape);
        return values;
    }

    private static void CheckNames(
        StoredParameter[] wanted, string[] missing, IReadOnlyList<WeightTensor> tensors, string path, WeightImportOptions options)
    {
        if (missing.Length == 0) return;
        string has = tensors.Count == 0 ? "nothing" : List(tensors.Select(t => TensorShapes.Show(t.Name)));
        if (missing.Length == wanted.Length)
            throw new WeightFileException(path, $"it has none of the parameters, such as '{wanted[0].Name}' (names as {options.Convention} has them). It has: {has}.");
        if (!options.AllowMissing)
            throw new WeightFileException(path, $"it lacks parameters: {List(wanted.Where(p => missing.Contains(p.Info.Name)).Select(p => p.Name))}. It has: {has}.");
    }

    private static void CheckShapes((StoredParameter Stored, WeightTensor Tensor)[] found, string path, WeightImportOptions options)
    {
        var wrong = new List<string>();
        foreach ((StoredParameter stored, WeightTensor tensor) in found)
        {
            if (!TensorDataTypes.IsFloating(tensor.DataType)) wrong.Add($"{tensor.Name} is of {tensor.DataType}, not of floating-point numbers");
            else if (!Fits(stored.Shape, tensor.Shape, options.Convention))
                wrong.Add($"{tensor.Name} is {TensorShapes.Show(tensor.Shape)}, the network's {TensorShapes.Show(stored.Shape)}");
        }

        if (wrong.Count > 0) throw new WeightFileException(path, $"{wrong.Count} of its tensors do not fit the network: {List(wrong)}.");
    }

    /// <summary>Caffe's older files have four dimensions for everything; the ones in front then are 1.</summary>
    private static bool Fits(long[] expected, IReadOnlyList<long> shape, WeightConvention convention)
    {
        int extra = shape.Count - expected.Length;
        bool older = convention == WeightConvention.Caffe && extra > 0 && shape.Take(extra).All(d => d == 1);
        return older ? shape.Skip(extra).SequenceEqual(expected) : shape.SequenceEqual(expected);
    }

    private static string List(IEnumerable<string> items)
    {
        string[] all = [.. items];
        return string.Join(", ", all.Take(MostListed)) + (all.Length > MostListed ? $" and {all.Length - MostListed} more" : "");
    }

    private delegate void SpanReader<T>(Span<T> destination);
}
