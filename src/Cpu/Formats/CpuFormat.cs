using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>A format of the CPU device that is not plain: it knows how to be written and read in canonical order.</summary>
/// <param name="Logical">The logical shape.</param>
internal abstract record CpuFormat(Shape Logical) : TensorFormat(Logical, ElementType.Float32)
{
    /// <summary>The floats that a tensor takes, padding included.</summary>
    public abstract long Floats { get; }

    /// <inheritdoc/>
    public sealed override long Bytes => Floats * sizeof(float);

    /// <summary>Writes a tensor from canonical order; padding becomes 0.</summary>
    public abstract unsafe void Write(float* tensor, ReadOnlySpan<float> canonical);

    /// <summary>Reads a tensor into canonical order.</summary>
    public abstract unsafe void Read(float* tensor, Span<float> canonical);
}
