using System.Globalization;
using System.Text;

namespace AlexNetCuda.Devices;

/// <summary>
/// How a tensor of a logical shape lies in a device's memory: NCHW, NHWC, blocked channels, packed weights, ... Devices derive their own;
/// the graph only compares them (by value) and reserves their bytes.
/// </summary>
/// <param name="Logical">The logical shape.</param>
/// <param name="Element">The type of the stored elements.</param>
public abstract record TensorFormat(Shape Logical, ElementType Element)
{
    /// <summary>The format's name for people, as <c>nchw16c</c>.</summary>
    public abstract string Layout { get; }

    /// <summary>The bytes that a tensor of this format takes.</summary>
    public abstract long Bytes { get; }

    /// <summary>
    /// The format of the copy of a parameter that gradients of this format update: the same, unless a device keeps values of more precision than it
    /// computes with.
    /// </summary>
    public virtual TensorFormat Master => this;

    /// <summary>Writes the members for people, but for <see cref="Master"/>: it is the format itself, without end.</summary>
    /// <param name="builder">Where to.</param>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"Logical = {Logical}, Element = {Element}, Layout = {Layout}, Bytes = {Bytes}");
        return true;
    }
}

/// <summary>Row-major order of the logical shape (NCHW for activations, OIHW for convolution weights): the canonical format.</summary>
/// <param name="Logical">The logical shape.</param>
/// <param name="Element">The type of the stored elements.</param>
public sealed record PlainFormat(Shape Logical, ElementType Element) : TensorFormat(Logical, Element)
{
    /// <inheritdoc/>
    public override string Layout => "plain";

    /// <inheritdoc/>
    public override long Bytes => Logical.Count * ElementTypes.SizeOf(Element);
}

/// <summary>Bytes without a shape: what an operator saves for its backward pass, and scratch memory.</summary>
/// <param name="Size">The size in bytes.</param>
public sealed record RawFormat(long Size) : TensorFormat(new Shape(1), ElementType.Int32)
{
    /// <inheritdoc/>
    public override string Layout => "raw";

    /// <inheritdoc/>
    public override long Bytes => Size;
}
