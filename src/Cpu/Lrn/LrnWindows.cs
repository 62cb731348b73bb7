using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Windows of radius 2, in registers: channels i - 1 to i + 2, and i - 2.</summary>
internal unsafe struct LrnWindow2<T> : ILrnWindow<T>
    where T : unmanaged, IVector<T>
{
    private T _value, _two, _four, _rest; // the last register, the sums of 2 and 4 channels that end at each of it, and what those of the next lack of a window

    public readonly int Delay => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(float* line) => _value = _two = _four = _rest = T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next(T value)
    {
        T two = T.Add(value, T.Up(_value, value, 1)), four = T.Add(two, T.Up(_two, two, 2)), sum = T.Add(T.Up(_four, four, T.Width - 2), _rest);
        _rest = T.Up(_value, value, 2);
        (_value, _two, _four) = (value, two, four);
        return sum;
    }
}

/// <summary>Windows of radius 4, in registers: channels i - 3 to i + 4, and i - 4.</summary>
internal unsafe struct LrnWindow4<T> : ILrnWindow<T>
    where T : unmanaged, IVector<T>
{
    private T _value, _two, _four, _eight, _rest;

    public readonly int Delay => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(float* line) => _value = _two = _four = _eight = _rest = T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next(T value)
    {
        T two = T.Add(value, T.Up(_value, value, 1)), four = T.Add(two, T.Up(_two, two, 2)), eight = T.Add(four, T.Up(_four, four, 4)), sum = T.Add(T.Up(_eight, eight, T.Width - 4), _rest);
        _rest = T.Up(_value, value, 4);
        (_value, _two, _four, _eight) = (value, two, four, eight);
        return sum;
    }
}

/// <summary>Windows of radius 5, in registers: channels i - 2 to i + 5, i - 4 and i - 3, and i - 5.</summary>
internal unsafe struct LrnWindow5<T> : ILrnWindow<T>
    where T : unmanaged, IVector<T>
{
    private T _value, _two, _four, _eight, _rest;

    public readonly int Delay => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(float* line) => _value = _two = _four = _eight = _rest = T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next(T value)
    {
        T two = T.Add(value, T.Up(_value, value, 1)), four = T.Add(two, T.Up(_two, two, 2)), eight = T.Add(four, T.Up(_four, four, 4)), sum = T.Add(T.Up(_eight, eight, T.Width - 5), _rest);
        _rest = T.Add(T.Up(_two, two, 3), T.Up(_value, value, 5));
        (_value, _two, _four, _eight) = (value, two, four, eight);
        return sum;
    }
}

/// <summary>Windows of any radius: shifted loads from a line of memory.</summary>
internal unsafe struct LrnWindowAny<T>(int radius) : ILrnWindow<T>
    where T : unmanaged, IVector<T>
{
    private float* _line;

    public readonly int Delay => (radius + T.Width - 1) / T.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(float* line) => _line = line;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next(T value)
    {
        T.Store(value, _line);
        float* centre = _line - (Delay * T.Width);
        _line += T.Width;
        T sum = T.Load(centre);
        for (int j = 1; j <= radius; j++) sum = T.Add(sum, T.Add(T.Load(centre - j), T.Load(centre + j)));
        return sum;
    }
}
