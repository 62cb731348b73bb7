using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>How numpy's elements are stored: a type and the order of its bytes.</summary>
/// <param name="Type">The type.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
internal sealed record NpyElements(TensorDataType Type, bool BigEndian)
{
    private static readonly Dictionary<string, TensorDataType> Types = new()
    {
        ["f2"] = TensorDataType.Float16, ["f4"] = TensorDataType.Float32, ["f8"] = TensorDataType.Float64,
        ["i1"] = TensorDataType.Int8, ["i2"] = TensorDataType.Int16, ["i4"] = TensorDataType.Int32, ["i8"] = TensorDataType.Int64,
        ["u1"] = TensorDataType.UInt8, ["u2"] = TensorDataType.UInt16, ["u4"] = TensorDataType.UInt32, ["u8"] = TensorDataType.UInt64,
        ["b1"] = TensorDataType.Bool,
    };

    /// <summary>The size of an element in bytes.</summary>
    public int Size => TensorDataTypes.SizeOf(Type);

    /// <summary>Whether a description, such as <c>|O</c>, says that the elements are Python objects.</summary>
    public static bool AreObjects(string description) => description is "|O" or "O" or "|O8" or "O8" or "|O4" or "O4";

    /// <summary>Understands numpy's description of a type: the order of bytes (&lt;, &gt;, = or |), a letter, a size.</summary>
    /// <exception cref="FormatException">It is not supported.</exception>
    public static NpyElements Parse(string description)
    {
        string name = description.TrimStart('<', '>', '=', '|');
        if (description.Length - name.Length > 1 || !Types.TryGetValue(name, out TensorDataType type))
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"the element type {TensorShapes.Show(description)} is not supported. There are: {string.Join(", ", Types.Keys)}."));
        }

        return new NpyElements(type, description[0] == '>');
    }

    /// <summary>How numpy describes a type whose least significant byte comes first.</summary>
    public static string DescribeOf(TensorDataType type)
    {
        string name = Types.FirstOrDefault(t => t.Value == type).Key ?? throw new ArgumentException($"numpy has no element type {type}.", nameof(type));
        return (TensorDataTypes.SizeOf(type) == 1 ? "|" : "<") + name;
    }
}
