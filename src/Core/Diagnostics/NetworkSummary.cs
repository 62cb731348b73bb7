using AlexNetCuda.Layers;

namespace AlexNetCuda.Diagnostics;

/// <summary>One layer of a summary.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Settings">Kernel, stride, padding or what else it has.</param>
/// <param name="OutputShape">The shape of its output, for the whole batch.</param>
/// <param name="Neurons">The outputs for one image of a layer with weights; 0 for others, as the 2012 paper counts.</param>
/// <param name="Parameters">The number of its weights and biases.</param>
/// <param name="MultiplyAdds">The multiply-adds of a forward pass of the batch.</param>
/// <param name="ActivationBytes">The bytes of its output for the batch, at 4 bytes an element.</param>
public sealed record SummaryRow(
    string Name, string Kind, string Settings, Shape OutputShape, long Neurons, long Parameters, long MultiplyAdds, long ActivationBytes);

/// <summary>A network's layers, sizes and work, and their totals.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="InputShape">The shape of a batch of images.</param>
/// <param name="Rows">A row a layer.</param>
public sealed record NetworkSummary(string Network, Shape InputShape, IReadOnlyList<SummaryRow> Rows)
{
    /// <summary>The neurons of all layers, for one image.</summary>
    public long Neurons => Rows.Sum(r => r.Neurons);

    /// <summary>All weights and biases.</summary>
    public long Parameters => Rows.Sum(r => r.Parameters);

    /// <summary>The multiply-adds of a forward pass of the batch.</summary>
    public long MultiplyAdds => Rows.Sum(r => r.MultiplyAdds);

    /// <summary>The bytes of all outputs, as if none shared memory.</summary>
    public long ActivationBytes => Rows.Sum(r => r.ActivationBytes);

    /// <summary>The summary of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">The number of images of a batch.</param>
    /// <exception cref="ArgumentException">The batch is below 1.</exception>
    public static NetworkSummary Of(Network network, int batch = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(batch);
        return new NetworkSummary(network.Name, network.InputShape(batch), [.. network.Nodes.Select(node => Row(node, shapes))]);
    }

    private static SummaryRow Row(Node node, IReadOnlyDictionary<string, Shape> shapes)
    {
        Layer layer = node.Layer;
        Shape input = shapes[node.Inputs[0]], output = shapes[layer.Name];
        long parameters = layer.GetParameters(input).Sum(p => p.Shape.Count);
        return new SummaryRow(
            layer.Name, layer.Kind, layer.Settings, output, parameters > 0 ? output.CountPerImage : 0, parameters,
            layer.MultiplyAdds(input, output), output.Count * ElementTypes.SizeOf(layer.OutputElement ?? ElementType.Float32));
    }
}
