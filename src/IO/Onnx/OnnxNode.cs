using System.Globalization;
using AttributeType = AlexNetCuda.IO.Onnx.AttributeProto.Types.AttributeType;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// A node of a graph: its inputs and attributes by name. Attributes that nobody asked for are found at the end: one that is passed over would make another operator of it.
/// </summary>
/// <param name="proto">The node as the file has it.</param>
/// <param name="index">Its place in the graph, from 0.</param>
/// <param name="operatorSet">The version of ONNX's operators that the model is written for.</param>
/// <param name="path">The file, for messages.</param>
internal sealed class OnnxNode(NodeProto proto, int index, long operatorSet, string path)
{
    private readonly HashSet<string> _read = [];

    /// <summary>The operator, as <c>Conv</c>.</summary>
    public string Operator => proto.OpType;

    /// <summary>The version of ONNX's operators.</summary>
    public long OperatorSet => operatorSet;

    /// <summary>The node's name, or that of its output where it has none.</summary>
    public string Name => proto.Name.Length > 0 ? proto.Name : Output;

    /// <summary>The names of the values that it reads; empty for one that is left out.</summary>
    public IReadOnlyList<string> Inputs => proto.Input;

    /// <summary>The names of the values that it gives; empty for one that is left out.</summary>
    public IReadOnlyList<string> Outputs => proto.Output;

    /// <summary>The first value that it gives.</summary>
    public string Output => proto.Output.Count > 0 ? proto.Output[0] : "";

    /// <summary>Whether the operator is ONNX's own.</summary>
    public bool IsStandard => proto.Domain is "" or "ai.onnx";

    /// <summary>The name of input i, which the operator requires.</summary>
    /// <exception cref="OnnxException">It is left out.</exception>
    public string Input(int i) => OptionalInput(i) ?? throw Error($"input {i} is missing.");

    /// <summary>The name of input i, or null where it is left out.</summary>
    public string? OptionalInput(int i) => i < proto.Input.Count && proto.Input[i].Length > 0 ? proto.Input[i] : null;

    /// <summary>A number, or another where the attribute is absent.</summary>
    public float Float(string name, float absent) => Find(name, AttributeType.Float) is { } a ? a.F : absent;

    /// <summary>An integer, or another where the attribute is absent.</summary>
    public long Integer(string name, long absent) => Find(name, AttributeType.Int) is { } a ? a.I : absent;

    /// <summary>Whether an integer is there and not 0.</summary>
    public bool Flag(string name) => Integer(name, 0) != 0;

    /// <summary>A text, or another where the attribute is absent.</summary>
    public string Text(string name, string absent) => Find(name, AttributeType.String) is { } a ? a.S.ToStringUtf8() : absent;

    /// <summary>A list of integers, or null where absent.</summary>
    /// <exception cref="OnnxException">One does not fit in 32 bits.</exception>
    public int[]? Integers(string name) => Find(name, AttributeType.Ints)?.Ints.Select(i => ToInt(i, name)).ToArray();

    /// <summary>A list of numbers, or null where absent.</summary>
    public float[]? Floats(string name) => Find(name, AttributeType.Floats)?.Floats.ToArray();

    /// <summary>A tensor, or null where absent.</summary>
    /// <exception cref="OnnxException">It contradicts itself, or is of a kind that is not supported.</exception>
    public OnnxTensor? Tensor(string name) => Find(name, AttributeType.Tensor) is { T: { } tensor } ? new OnnxTensor(tensor, path) : null;

    /// <summary>Whether there is an attribute of a name.</summary>
    public bool Has(string name) => proto.Attribute.Any(a => a.Name == name);

    /// <summary>Notes that an attribute is known and changes nothing.</summary>
    public void Ignore(string name) => _read.Add(name);

    /// <exception cref="OnnxException">There is an attribute that was not read.</exception>
    public void CheckAllRead()
    {
        string[] others = [.. proto.Attribute.Select(a => a.Name).Where(name => !_read.Contains(name)).Select(OnnxFile.Quote)];
        if (others.Length > 0) throw Error($"attributes that are not supported: {string.Join(", ", others.Take(10))}.");
    }

    /// <summary>An axis as 0 to rank - 1, of one that may be counted from the end.</summary>
    /// <exception cref="OnnxException">There is no such axis.</exception>
    public int Axis(long axis, int rank)
    {
        long counted = axis < 0 ? axis + rank : axis;
        return counted >= 0 && counted < rank ? (int)counted : throw Error(string.Create(CultureInfo.InvariantCulture, $"there is no axis {axis} of {rank} dimensions."));
    }

    /// <summary>An integer that has to fit in 32 bits.</summary>
    /// <exception cref="OnnxException">It does not.</exception>
    public int ToInt(long value, string name) =>
        value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Error(string.Create(CultureInfo.InvariantCulture, $"{name} of {value} is out of range."));

    /// <summary>The exception for something that is wrong with this node, or not supported.</summary>
    /// <param name="reason">What.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public OnnxException Error(string reason, Exception? innerException = null)
    {
        string name = Name.Length > 0 ? OnnxFile.Quote(Name) : string.Create(CultureInfo.InvariantCulture, $"{index}");
        return new OnnxException(path, $"node {name} ({Operator}): {reason}", innerException);
    }

    private AttributeProto? Find(string name, AttributeType type)
    {
        _read.Add(name);
        AttributeProto? found = null;
        foreach (AttributeProto attribute in proto.Attribute.Where(a => a.Name == name))
        {
            if (found is not null) throw Error($"attribute {name} is there twice.");
            if (attribute.Type != type) throw Error($"attribute {name} is of type {attribute.Type}, not {type}.");
            found = attribute;
        }

        return found;
    }
}
