using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>The layers in an object array of one dictionary.</summary>
internal static class PickledLayers
{
    private static readonly string[] Parts = ["weights", "biases"];

    /// <summary>Reads what follows the header of the npy file.</summary>
    public static IReadOnlyList<WeightTensor> Read(ReadOnlyMemory<byte> pickle, NpyPlace place)
    {
        object? content = Unpickler.Read(pickle, place);
        if (content is PickleArray { Elements.Description: var description, Values: List<object?> { Count: 1 } objects } && NpyElements.AreObjects(description))
            content = objects[0];
        if (content is not Dictionary<string, object?> layers) throw place.Error("it holds something else than one dictionary of layers.");
        return [.. layers.SelectMany(layer => Arrays(layer.Key, layer.Value, place))];
    }

    private static IEnumerable<WeightTensor> Arrays(string layer, object? value, NpyPlace place)
    {
        IEnumerable<(string Part, object? Value)> parts = value switch
        {
            List<object?> list when list.Count <= Parts.Length => Parts.Zip(list),
            PickleTuple tuple when tuple.Items.Length <= Parts.Length => Parts.Zip(tuple.Items),
            Dictionary<string, object?> named => named.Select(p => (p.Key, p.Value)),
            _ => throw place.Error($"layer {TensorShapes.Show(layer)} is neither a list of weights and biases nor a dictionary of them."),
        };
        return parts.Select(p => Tensor($"{layer}/{p.Part}", p.Value as PickleArray, place));
    }

    private static NpyTensor Tensor(string name, PickleArray? array, NpyPlace place)
    {
        place = place with { Entry = name };
        if (name.Any(char.IsControl)) throw place.Error("its name has control characters.");
        if (array is not { Shape: { } shape, Elements: { } elements, Values: PickleBytes values }) throw place.Error("it is no array of numbers.");
        NpyHeader header;
        try
        {
            header = new NpyHeader(NpyElements.Parse(elements.Order + elements.Description), array.FortranOrder, shape);
        }
        catch (FormatException e)
        {
            throw place.Error(e.Message, e);
        }

        if (shape.Length > TensorShapes.MostDimensions) throw place.Error("it has too many dimensions.");
        (int count, long size) = header.Size(place);
        if (size != values.Data.Length)
            throw place.Error($"its shape, {TensorShapes.Show(shape)} of {header.Elements!.Type}, takes {size} bytes, not {values.Data.Length}.");
        MemoryMarshal.TryGetArray(values.Data, out ArraySegment<byte> segment); // all of it is a part of the file's bytes, or made by Encode
        return new NpyTensor(name, place, header, count, () => new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false));
    }
}
