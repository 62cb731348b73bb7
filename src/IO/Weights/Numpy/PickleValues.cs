namespace AlexNetCuda.IO;

/// <summary>What a pickle may name: functions and classes, of which only these are known, and none is ever called.</summary>
internal enum PickleName
{
    /// <summary><c>numpy.ndarray</c>, the class.</summary>
    Array,

    /// <summary><c>numpy.dtype</c>, the class.</summary>
    Type,

    /// <summary><c>numpy.core.multiarray._reconstruct</c>, which makes an empty array that a state then fills.</summary>
    Reconstruct,

    /// <summary><c>_codecs.encode</c>, by which Python 3 writes bytes for protocol 2.</summary>
    Encode,
}

/// <summary>A text of Python 2 or bytes of Python 3: a part of the file, not copied.</summary>
/// <param name="Data">The bytes.</param>
internal sealed record PickleBytes(ReadOnlyMemory<byte> Data);

/// <summary>A tuple.</summary>
/// <param name="Items">Its items.</param>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A type of elements, as numpy pickles it: a description, then the order of bytes by a state.</summary>
/// <param name="description">As <c>f4</c>.</param>
internal sealed class PickleElements(string description)
{
    /// <summary>The description without the order of bytes.</summary>
    public string Description { get; } = description;

    /// <summary>The order of bytes: &lt;, &gt; or |.</summary>
    public string Order { get; set; } = "";
}

/// <summary>An array, as numpy pickles it: made empty, then filled by a state.</summary>
internal sealed class PickleArray
{
    /// <summary>The dimensions; null while there is no state.</summary>
    public long[]? Shape { get; set; }

    /// <summary>The elements' type.</summary>
    public PickleElements? Elements { get; set; }

    /// <summary>Whether the first dimension varies fastest.</summary>
    public bool FortranOrder { get; set; }

    /// <summary>The values: <see cref="PickleBytes"/>, or a list where they are objects.</summary>
    public object? Values { get; set; }
}
