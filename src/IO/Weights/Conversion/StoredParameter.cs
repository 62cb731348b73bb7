using AlexNetCuda.Layers;

namespace AlexNetCuda.IO;

/// <summary>
/// A parameter as a convention stores it. Its canonical values, seen as a tensor of <see cref="View"/>, become the stored ones by <see cref="Axes"/>;
/// what is stored may be a matrix whose rows are several axes of the view.
/// </summary>
/// <param name="Info">The parameter.</param>
/// <param name="Layer">The name of its layer.</param>
/// <param name="Name">The tensor's name in the file.</param>
/// <param name="View">The canonical dimensions, those of a flattened image apart.</param>
/// <param name="Axes">Stored axis k is axis Axes[k] of the view.</param>
/// <param name="Shape">The stored dimensions.</param>
internal sealed record StoredParameter(ParameterInfo Info, string Layer, string Name, long[] View, int[] Axes, long[] Shape)
{
    private bool IsCanonical => Axes.Select((axis, k) => axis == k).All(same => same);

    /// <summary>The parameters of a network by a convention.</summary>
    public static IReadOnlyList<StoredParameter> Of(Network network, WeightConvention convention)
    {
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(1);
        Dictionary<string, string> names = convention == WeightConvention.Torchvision ? TorchvisionNames.Of(network) : [];
        var all = new List<StoredParameter>();
        foreach (Node node in network.Nodes)
        {
            foreach (ParameterInfo info in node.Layer.GetParameters(shapes[node.Inputs[0]]))
            {
                string name = convention == WeightConvention.Torchvision
                    ? names[node.Layer.Name] + (info.Role == ParameterRole.Weights ? ".weight" : ".bias")
                    : info.Name;
                long[] canonical = [.. info.Shape.ToArray().Select(d => (long)d)];
                if (convention == WeightConvention.TensorFlow && info.Role == ParameterRole.Weights)
                    all.Add(ForTensorFlow(info, node.Layer.Name, name, canonical, Flattened(network, node, shapes)));
                else
                    all.Add(new StoredParameter(info, node.Layer.Name, name, canonical, [.. Enumerable.Range(0, canonical.Length)], canonical));
            }
        }

        return all;
    }

    /// <summary>This parameter among a network's.</summary>
    /// <exception cref="ArgumentException">They are another network's.</exception>
    public Parameter In(Parameters parameters)
    {
        Parameter parameter = parameters[Info.Name];
        return parameter.Info.Shape == Info.Shape
            ? parameter
            : throw new ArgumentException($"Parameter '{Info.Name}' is of shape {parameter.Info.Shape}, not {Info.Shape}: the parameters are another network's.", nameof(parameters));
    }

    /// <summary>Puts stored values into canonical order.</summary>
    public T[] ToCanonical<T>(T[] stored)
    {
        if (IsCanonical) return stored;
        var values = new T[stored.Length];
        long[] from = [.. Axes.Select(a => View[a])];
        int[] back = [.. Enumerable.Range(0, Axes.Length).Select(k => Array.IndexOf(Axes, k))];
        TensorAxes.Permute(stored, from, back, values);
        return values;
    }

    /// <summary>Puts canonical values into stored order.</summary>
    public T[] ToStored<T>(T[] canonical)
    {
        if (IsCanonical) return canonical;
        var values = new T[canonical.Length];
        TensorAxes.Permute(canonical, View, Axes, values);
        return values;
    }

    /// <summary>OIHW to HWIO, [out, in] to [in, out]; of a flattened image, [out, C, H, W] to [H * W * C, out].</summary>
    private static StoredParameter ForTensorFlow(ParameterInfo info, string layer, string name, long[] canonical, Shape? image)
    {
        if (canonical.Length == 4)
            return new StoredParameter(info, layer, name, canonical, [2, 3, 1, 0], [canonical[2], canonical[3], canonical[1], canonical[0]]);
        return image is { } i
            ? new StoredParameter(info, layer, name, [canonical[0], i.C, i.H, i.W], [2, 3, 1, 0], [canonical[1], canonical[0]])
            : new StoredParameter(info, layer, name, canonical, [1, 0], [canonical[1], canonical[0]]);
    }

    /// <summary>The images that a fully connected layer reads flattened; null where it reads features.</summary>
    private static Shape? Flattened(Network network, Node node, IReadOnlyDictionary<string, Shape> shapes)
    {
        string input = node.Inputs[0];
        while (shapes[input].Rank != 4 && network.Nodes.FirstOrDefault(n => n.Layer.Name == input) is { Layer: FlattenLayer or DropoutLayer or ReluLayer } before)
            input = before.Inputs[0];
        return shapes[input].Rank == 4 ? shapes[input] : null;
    }
}
