using System.Globalization;
using AlexNetCuda.IO.Onnx;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>One data set of a node test: the node, its inputs and the outputs expected of it, in the node's order; null stands for one that is left out.</summary>
internal sealed record NodeCase(string Name, NodeProto Node, long Opset, IReadOnlyList<OnnxTensor?> Inputs, IReadOnlyList<OnnxTensor?> Outputs)
{
    /// <summary>An input that the operator requires.</summary>
    public OnnxTensor Input(int index) => OptionalInput(index) ?? throw new InvalidDataException($"{Name} has no input {index}.");

    public OnnxTensor? OptionalInput(int index) => index < Inputs.Count ? Inputs[index] : null;

    /// <summary>The first output, which every operator has.</summary>
    public OnnxTensor Output => Outputs[0] ?? throw new InvalidDataException($"{Name} has no output.");

    public OnnxTensor? SecondOutput => Outputs.Count > 1 ? Outputs[1] : null;
}

/// <summary>Reads node tests: a folder with model.onnx, whose graph is one node, and data sets of input_K.pb and output_K.pb.</summary>
internal static class NodeTest
{
    /// <summary>The data sets of a node test.</summary>
    /// <exception cref="NotSupportedException">The model is more than one node.</exception>
    public static IEnumerable<NodeCase> Load(string folder)
    {
        ModelProto model = OnnxFile.ReadModel(Path.Combine(folder, "model.onnx"));
        if (model.Graph.Node.Count > 1)
        {
            IEnumerable<string> operators = model.Graph.Node.Select(n => n.OpType).Distinct();
            throw new NotSupportedException($"The graph has {model.Graph.Node.Count} nodes, of {string.Join(", ", operators)}.");
        }

        NodeProto node = model.Graph.Node[0];
        long opset = model.OpsetImport.Single(o => IsOnnx(o.Domain)).Version;
        string[] sets = [.. Directory.GetDirectories(folder, "test_data_set_*").OrderBy(s => s, StringComparer.Ordinal)];
        if (sets.Length == 0) throw new InvalidDataException($"{folder} has no data sets.");
        return sets.Select(set => new NodeCase(
            $"{Path.GetFileName(folder)}/{Path.GetFileName(set)}", node, opset,
            Tensors(set, "input", model.Graph.Input, node.Input), Tensors(set, "output", model.Graph.Output, node.Output)));
    }

    /// <summary>Whether the graph is one node of one of these operators, of ONNX's own.</summary>
    public static bool IsOneNodeOf(string folder, IReadOnlySet<string> operators) =>
        OnnxFile.ReadModel(Path.Combine(folder, "model.onnx")).Graph.Node is [var node] && IsOnnx(node.Domain) && operators.Contains(node.OpType);

    private static bool IsOnnx(string domain) => domain is "" or "ai.onnx";

    /// <summary>The files are numbered as the graph's inputs or outputs, which the node takes by name.</summary>
    private static OnnxTensor?[] Tensors(string set, string kind, IEnumerable<ValueInfoProto> graph, IEnumerable<string> node)
    {
        Dictionary<string, OnnxTensor> byName = graph
            .Select((value, i) => (value.Name, File: Path.Combine(set, string.Create(CultureInfo.InvariantCulture, $"{kind}_{i}.pb"))))
            .ToDictionary(p => p.Name, p => OnnxFile.ReadTensor(p.File));
        return [.. node.Select(name => name.Length == 0 ? null : byName[name])];
    }
}
