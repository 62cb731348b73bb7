using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>A radius for which windows are summed in registers.</summary>
internal interface ILrnRadius
{
    /// <summary>Channels on either side: 2, 4 or 5, and less than a register has lanes.</summary>
    static abstract int Radius { get; }
}

/// <summary>2.</summary>
internal readonly struct LrnRadius2 : ILrnRadius
{
    public static int Radius => 2;
}

/// <summary>4.</summary>
internal readonly struct LrnRadius4 : ILrnRadius
{
    public static int Radius => 4;
}

/// <summary>5.</summary>
internal readonly struct LrnRadius5 : ILrnRadius
{
    public static int Radius => 5;
}

/// <summary>Windows in registers: of the channels up to i + radius the last 4 (radius 2) or 8, and those that are left below.</summary>
internal unsafe struct LrnWindow<T, TRadius> : ILrnWindow<T>
    where T : unmanaged, IVector<T>
    where TRadius : struct, ILrnRadius
{
    // The last register, the sums of 2 and 4 channels that end at each of it, those of 4 or 8, and what the last windows have below.
    private T _value, _two, _four, _last, _rest;

    public readonly int Delay => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(float* line) => _value = _two = _four = _last = _rest = T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next(T value)
    {
        T two = T.Add(value, T.Up(_value, value, 1)), four = T.Add(two, T.Up(_two, two, 2)), last = TRadius.Radius == 2 ? four : T.Add(four, T.Up(_four, four, 4));
        T sum = T.Add(T.Up(_last, last, T.Width - TRadius.Radius), _rest);
        _rest = T.Up(_value, value, TRadius.Radius);
        if (TRadius.Radius == 5) _rest = T.Add(T.Up(_two, two, 3), _rest);
        (_value, _two, _four, _last) = (value, two, four, last);
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
