using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>Memory of the reference device: one managed array, which the collector takes back once it is disposed of.</summary>
internal sealed class ReferenceMemory : IDeviceMemory
{
    /// <summary>The alignment of tensors in bytes: an element of the array.</summary>
    public const int Alignment = sizeof(double);

    private double[]? _storage;

    public ReferenceMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        long elements = (bytes / sizeof(double)) + (bytes % sizeof(double) == 0 ? 0 : 1);
        if (elements > Array.MaxLength) throw new DeviceOutOfMemoryException("reference", bytes);
        try
        {
            _storage = new double[elements];
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceOutOfMemoryException("reference", bytes, e);
        }
    }

    public long Bytes { get; }

    /// <summary>The array; throws once the memory is disposed of.</summary>
    public double[] Storage => _storage ?? throw new ObjectDisposedException(nameof(ReferenceMemory), "This memory of the reference device is disposed of.");

    public IBuffer View(long offset, TensorFormat format, bool gradient = false)
    {
        ArgumentNullException.ThrowIfNull(format);
        _ = Storage;
        if (offset < 0 || offset % Alignment != 0)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A tensor begins at a multiple of {Alignment} bytes.");
        if (offset > Bytes || format.Bytes > Bytes - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset,
                $"A tensor of {format.Bytes} bytes ({format.Layout} {format.Logical}) at {offset} does not lie within {Bytes} bytes.");
        }

        return new ReferenceBuffer(this, (int)(offset / sizeof(double)), format);
    }

    public void Dispose() => _storage = null;
}

/// <summary>A tensor of the reference device, in row-major order of its logical shape.</summary>
internal sealed class ReferenceBuffer : IBuffer
{
    private readonly ReferenceMemory _memory;
    private readonly int _offset; // in doubles
    private readonly int _count; // in elements

    /// <exception cref="NotSupportedException">The format is not a plain one of doubles or integers, nor raw.</exception>
    public ReferenceBuffer(ReferenceMemory memory, int offset, TensorFormat format)
    {
        if (format is not (PlainFormat { Element: ElementType.Float64 or ElementType.Int32 } or RawFormat))
            throw new NotSupportedException($"The reference device holds no tensors of format {format.Layout} of {format.Element}.");
        (_memory, _offset, Format) = (memory, offset, format);
        _count = checked((int)(format.Bytes / ElementTypes.SizeOf(HoldsIntegers ? ElementType.Int32 : ElementType.Float64)));
        Shape = format.Logical;
    }

    public TensorFormat Format { get; }

    public Shape Shape { get; }

    private bool HoldsIntegers => Format is PlainFormat { Element: ElementType.Int32 };

    /// <summary>All elements of a tensor of doubles (or raw memory as doubles).</summary>
    public Span<double> Values => new(_memory.Storage, _offset, HoldsIntegers ? throw Mismatch() : _count);

    /// <summary>All elements of a tensor of integers.</summary>
    public Span<int> Integers =>
        HoldsIntegers ? MemoryMarshal.Cast<double, int>(_memory.Storage.AsSpan(_offset))[.._count] : throw Mismatch();

    /// <summary>Everything of image n: all of [C, H, W].</summary>
    public Span<double> Image(int n)
    {
        int length = _count / Shape.N;
        return new Span<double>(_memory.Storage, _offset + (n * length), length);
    }

    /// <summary>Plane (n, c) of [N, C, H, W]: all of [H, W].</summary>
    public Span<double> Plane(int n, int c)
    {
        int length = Shape.H * Shape.W;
        return new Span<double>(_memory.Storage, _offset + (((n * Shape.C) + c) * length), length);
    }

    /// <summary>Row (n, c, h) of [N, C, H, W]: all of [W].</summary>
    public Span<double> Row(int n, int c, int h)
    {
        int length = Shape.W;
        return new Span<double>(_memory.Storage, _offset + (((((n * Shape.C) + c) * Shape.H) + h) * length), length);
    }

    /// <summary>From row (n, c, h) of [N, C, H, W] to the end of the last of some planes.</summary>
    public Span<double> Rows(int n, int c, int h, int planes)
    {
        int plane = Shape.H * Shape.W;
        return new Span<double>(_memory.Storage, _offset + (((n * Shape.C) + c) * plane) + (h * Shape.W), ((planes - 1) * plane) + ((Shape.H - h) * Shape.W));
    }

    /// <summary>Raw memory as doubles of a shape.</summary>
    public ReferenceBuffer As(Shape shape) => new(_memory, _offset, new PlainFormat(shape, ElementType.Float64));

    public void Write(ReadOnlySpan<float> source)
    {
        Span<double> values = Checked(source.Length);
        for (int i = 0; i < values.Length; i++) values[i] = source[i];
    }

    public void Write(ReadOnlySpan<double> source) => source.CopyTo(Checked(source.Length));

    public void Write(ReadOnlySpan<int> source) => source.CopyTo(CheckedIntegers(source.Length));

    public void Read(Span<float> destination)
    {
        Span<double> values = Checked(destination.Length);
        for (int i = 0; i < values.Length; i++) destination[i] = (float)values[i];
    }

    public void Read(Span<double> destination) => Checked(destination.Length).CopyTo(destination);

    public void Read(Span<int> destination) => CheckedIntegers(destination.Length).CopyTo(destination);

    private Span<double> Checked(int length)
    {
        if (Format is not PlainFormat || HoldsIntegers)
            throw new ArgumentException($"A tensor of {Format.Element} is not read or written as numbers with a fraction.");
        CheckLength(length);
        return Values;
    }

    private Span<int> CheckedIntegers(int length)
    {
        if (!HoldsIntegers) throw new ArgumentException($"A tensor of {Format.Element} ({Format.Layout}) is not read or written as integers.");
        CheckLength(length);
        return Integers;
    }

    private void CheckLength(int length)
    {
        if (length != _count) throw new ArgumentException($"A tensor of shape {Shape} has {_count} elements, not {length}.");
    }

    private InvalidOperationException Mismatch() => new($"An operator took a tensor of {Format.Element} for one of another type.");
}
