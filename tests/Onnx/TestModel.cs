using AlexNetCuda.IO.Onnx;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>A small model, for tests to change.</summary>
internal static class TestModel
{
    /// <summary>Conv, Relu, Flatten and Gemm of images of 3 x 6 x 6, as an exporter writes them.</summary>
    public static ModelProto Make()
    {
        var graph = new GraphProto { Name = "test" };
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        shape.Dim.Add(new[] { 3, 6, 6 }.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        graph.Input.Add(new ValueInfoProto
        {
            Name = "images", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = TensorProto.Types.DataType.Float, Shape = shape } },
        });
        graph.Output.Add(new ValueInfoProto { Name = "scores" });
        graph.Node.Add([Node("Conv", ["images", "w", "b"], "c", "conv"), Node("Relu", ["c"], "r", "relu"), Node("Flatten", ["r"], "f", "flat"), Node("Gemm", ["f", "m"], "scores", "fc")]);
        graph.Node[3].Attribute.Add(new AttributeProto { Name = "transB", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        graph.Initializer.Add([Constant("w", 4, 3, 3, 3), Constant("b", 4), Constant("m", 2, 64)]);
        return new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = 13 } }, Graph = graph };
    }

    public static NodeProto Node(string op, string[] inputs, string output, string name = "") =>
        new() { OpType = op, Input = { inputs }, Output = { output }, Name = name };

    public static TensorProto Constant(string name, params int[] dimensions) =>
        Translation.Constant(name, dimensions, Enumerable.Range(0, dimensions.Aggregate(1, (product, d) => product * d)).Select(i => i / 64.0));

    public static TensorProto Integers(string name, params long[] values) =>
        new() { Name = name, DataType = TensorProto.Types.DataType.Int64, Dims = { values.Length }, Int64Data = { values } };

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };
}
