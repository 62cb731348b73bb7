using AlexNetCuda.IO.Onnx;
using AttributeType = AlexNetCuda.IO.Onnx.AttributeProto.Types.AttributeType;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>The attributes of a node. Those that nobody asked for are found at the end: an attribute that is passed over would be a test of something else.</summary>
internal sealed class NodeAttributes(NodeProto node)
{
    private readonly HashSet<string> _read = [];

    public float Float(string name, float absent) => Find(name, AttributeType.Float) is { } a ? a.F : absent;

    public long Integer(string name, long absent) => Find(name, AttributeType.Int) is { } a ? a.I : absent;

    public bool Flag(string name) => Integer(name, 0) != 0;

    public string Text(string name, string absent) => Find(name, AttributeType.String) is { } a ? a.S.ToStringUtf8() : absent;

    /// <summary>A list of integers, or null where absent.</summary>
    public int[]? Integers(string name) => Find(name, AttributeType.Ints)?.Ints.Select(i => checked((int)i)).ToArray();

    /// <summary>Notes that an attribute is known and changes nothing in this case.</summary>
    public void Ignore(string name) => _read.Add(name);

    /// <exception cref="NotSupportedException">There is an attribute that was not read.</exception>
    public void CheckAllRead()
    {
        string[] others = [.. node.Attribute.Select(a => a.Name).Where(name => !_read.Contains(name))];
        if (others.Length > 0) throw new NotSupportedException($"{node.OpType} has attributes that are not translated: {string.Join(", ", others)}.");
    }

    private AttributeProto? Find(string name, AttributeType type)
    {
        _read.Add(name);
        AttributeProto? attribute = node.Attribute.SingleOrDefault(a => a.Name == name);
        if (attribute is not null && attribute.Type != type)
            throw new InvalidDataException($"Attribute {name} of {node.OpType} is of type {attribute.Type}, not {type}.");
        return attribute;
    }
}
