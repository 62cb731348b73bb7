namespace AlexNetCuda.Devices;

/// <summary>
/// A tensor in a device's memory. Reading and writing is in canonical (row-major) order, whatever the format;
/// both wait for the device's work on the buffer, and convert between float and double as needed.
/// </summary>
public interface IBuffer
{
    /// <summary>How the tensor lies in memory.</summary>
    TensorFormat Format { get; }

    /// <summary>Writes the whole tensor.</summary>
    /// <param name="source">All elements in row-major order of the logical shape.</param>
    /// <exception cref="ArgumentException">The length is not the shape's count, or the elements are integers.</exception>
    void Write(ReadOnlySpan<float> source);

    /// <inheritdoc cref="Write(ReadOnlySpan{float})"/>
    void Write(ReadOnlySpan<double> source);

    /// <summary>Writes the whole tensor of integers.</summary>
    /// <param name="source">All elements in row-major order of the logical shape.</param>
    /// <exception cref="ArgumentException">The length is not the shape's count, or the elements are not integers.</exception>
    void Write(ReadOnlySpan<int> source);

    /// <summary>Reads the whole tensor.</summary>
    /// <param name="destination">Takes all elements in row-major order of the logical shape.</param>
    /// <exception cref="ArgumentException">The length is not the shape's count, or the elements are integers.</exception>
    void Read(Span<float> destination);

    /// <inheritdoc cref="Read(Span{float})"/>
    void Read(Span<double> destination);

    /// <summary>Reads the whole tensor of integers.</summary>
    /// <param name="destination">Takes all elements in row-major order of the logical shape.</param>
    /// <exception cref="ArgumentException">The length is not the shape's count, or the elements are not integers.</exception>
    void Read(Span<int> destination);
}

/// <summary>One allocation of a device's memory, from which the graph hands out tensors.</summary>
public interface IDeviceMemory : IDisposable
{
    /// <summary>The size in bytes.</summary>
    long Bytes { get; }

    /// <summary>The tensor that begins <paramref name="offset"/> bytes into this memory. Views may overlap.</summary>
    /// <param name="offset">A multiple of the device's <see cref="DeviceInfo.Alignment"/>.</param>
    /// <param name="format">The tensor's format.</param>
    /// <param name="gradient">Whether it is a gradient that the program's user may read: a device that scales its loss takes the scale out again.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tensor does not lie within this memory, or is not aligned.</exception>
    IBuffer View(long offset, TensorFormat format, bool gradient = false);
}
