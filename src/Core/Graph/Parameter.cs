using AlexNetCuda.Devices;

namespace AlexNetCuda;

/// <summary>
/// The values of one parameter in canonical (row-major) order, and its copies on devices. After training on a device the newest values may be in a
/// copy alone; they are fetched when they are read.
/// </summary>
public sealed class Parameter
{
    private readonly float[]? _single;
    private readonly double[]? _double;
    private readonly List<ParameterCopy> _copies = [];
    private readonly Lock _lock = new();
    private ParameterCopy? _newest; // holds newer values than the arrays; null: the arrays are newest

    internal Parameter(ParameterInfo info, ElementType storage)
    {
        Info = info;
        if (info.Shape.Count > Array.MaxLength) throw new ArgumentException($"Parameter '{info.Name}' of shape {info.Shape} is too large for one array.");
        if (storage == ElementType.Float64) _double = GC.AllocateUninitializedArray<double>((int)info.Shape.Count);
        else _single = GC.AllocateUninitializedArray<float>((int)info.Shape.Count);
    }

    /// <summary>Name, shape and role.</summary>
    public ParameterInfo Info { get; }

    /// <summary>Changes whenever the values change.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>Copies the values.</summary>
    /// <param name="destination">Takes all values in row-major order.</param>
    /// <exception cref="ArgumentException">The length is not that of the parameter.</exception>
    public void Read(Span<float> destination)
    {
        CheckLength(destination.Length);
        Fetch();
        if (_single is not null) _single.CopyTo(destination);
        else for (int i = 0; i < destination.Length; i++) destination[i] = (float)_double![i];
    }

    /// <inheritdoc cref="Read(Span{float})"/>
    public void Read(Span<double> destination)
    {
        CheckLength(destination.Length);
        Fetch();
        if (_double is not null) _double.CopyTo(destination);
        else for (int i = 0; i < destination.Length; i++) destination[i] = _single![i];
    }

    /// <summary>Sets the values.</summary>
    /// <param name="source">All values in row-major order.</param>
    /// <exception cref="ArgumentException">The length is not that of the parameter.</exception>
    public void Write(ReadOnlySpan<float> source)
    {
        CheckLength(source.Length);
        if (_single is not null) source.CopyTo(_single);
        else for (int i = 0; i < source.Length; i++) _double![i] = source[i];
        _newest = null;
        Version++;
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{float})"/>
    public void Write(ReadOnlySpan<double> source)
    {
        CheckLength(source.Length);
        if (_double is not null) source.CopyTo(_double);
        else for (int i = 0; i < source.Length; i++) _single![i] = (float)source[i];
        _newest = null;
        Version++;
    }

    internal void InitializePart(long first, ReadOnlySpan<float> values)
    {
        if (_single is not null) values.CopyTo(_single.AsSpan((int)first));
        else for (int i = 0; i < values.Length; i++) _double![first + i] = values[i];
    }

    /// <summary>The copy on a device in a format, shared by all who ask for the same; to be released.</summary>
    internal ParameterCopy Acquire(IDevice device, TensorFormat format)
    {
        lock (_lock)
        {
            ParameterCopy? copy = _copies.Find(c => ReferenceEquals(c.Device, device) && c.Format == format);
            if (copy is null)
            {
                copy = new ParameterCopy(this, device, format);
                _copies.Add(copy);
            }

            copy.Users++;
            return copy;
        }
    }

    internal void Release(ParameterCopy copy)
    {
        lock (_lock)
        {
            if (--copy.Users > 0) return;
            try
            {
                Fetch(); // or trained values would go with the copy
            }
            finally
            {
                _copies.Remove(copy);
                copy.Free();
            }
        }
    }

    /// <summary>Brings a copy up to date.</summary>
    internal void Refresh(ParameterCopy copy)
    {
        if (copy.Version == Version) return;
        Fetch();
        if (_single is not null) copy.Buffer.Write((ReadOnlySpan<float>)_single);
        else copy.Buffer.Write((ReadOnlySpan<double>)_double);
        copy.Version = Version;
    }

    /// <summary>The device has changed this copy: it holds the newest values from now on.</summary>
    internal void Updated(ParameterCopy copy)
    {
        copy.Version = ++Version;
        _newest = copy;
    }

    private void Fetch()
    {
        if (_newest is not { } newest) return;
        if (_single is not null) newest.Buffer.Read((Span<float>)_single);
        else newest.Buffer.Read((Span<double>)_double);
        _newest = null;
    }

    private void CheckLength(int length)
    {
        if (length != Info.Shape.Count)
            throw new ArgumentException($"Parameter '{Info.Name}' of shape {Info.Shape} has {Info.Shape.Count} values, not {length}.");
    }
}

/// <summary>A parameter's values on a device, in one format.</summary>
internal sealed class ParameterCopy
{
    private readonly IDeviceMemory _memory;

    public ParameterCopy(Parameter parameter, IDevice device, TensorFormat format)
    {
        (Parameter, Device, Format) = (parameter, device, format);
        _memory = device.Allocate(format.Bytes);
        try
        {
            Buffer = _memory.View(0, format);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    public Parameter Parameter { get; }

    public IDevice Device { get; }

    public TensorFormat Format { get; }

    public IBuffer Buffer { get; }

    public long Version { get; set; }

    public int Users { get; set; }

    public void Refresh() => Parameter.Refresh(this);

    public void Release() => Parameter.Release(this);

    public void Free() => _memory.Dispose();
}
