namespace AlexNetCuda.Interop;

/// <summary>Names the exported function that a method or a field of a table stands for. The tests hold both against the headers' facts.</summary>
/// <param name="name">The exact exported name, as cuMemAlloc_v2.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Field)]
public sealed class EntryPointAttribute(string name) : Attribute
{
    /// <summary>The exact exported name.</summary>
    public string Name { get; } = name;

    /// <summary>The exported name that is taken where <see cref="Name"/> is absent, with the same parameters; or null.</summary>
    public string? Fallback { get; init; }

    /// <summary>Whether a library without the function still serves: the table's field is null then.</summary>
    public bool Optional { get; init; }
}

/// <summary>Names the header's enum whose constants an enum holds: the prefix and the member's name, underscores and case aside, make a constant's name.</summary>
/// <param name="header">The enum's name in the header.</param>
/// <param name="prefix">What the constants' names begin with.</param>
[AttributeUsage(AttributeTargets.Enum)]
public sealed class NativeEnumAttribute(string header, string prefix) : Attribute
{
    /// <summary>The enum's name in the header.</summary>
    public string Header { get; } = header;

    /// <summary>What the constants' names begin with.</summary>
    public string Prefix { get; } = prefix;
}

/// <summary>Names the prefix of the header's macros whose values an enum of flags holds; a member of value 0 stands for no flag.</summary>
/// <param name="prefix">What the macros' names begin with.</param>
[AttributeUsage(AttributeTargets.Enum)]
public sealed class NativeConstantsAttribute(string prefix) : Attribute
{
    /// <summary>What the macros' names begin with.</summary>
    public string Prefix { get; } = prefix;
}

/// <summary>Names the header's struct that a struct is laid out as: fields of the same names, case aside, at the same offsets.</summary>
/// <param name="header">The struct's name in the header.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class NativeStructAttribute(string header) : Attribute
{
    /// <summary>The struct's name in the header.</summary>
    public string Header { get; } = header;
}

/// <summary>Names the header's type that a handle points to.</summary>
/// <param name="header">The type's name in the header.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class NativeHandleAttribute(string header) : Attribute
{
    /// <summary>The type's name in the header.</summary>
    public string Header { get; } = header;
}
