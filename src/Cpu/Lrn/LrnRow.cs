using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// What the passes of normalisation do with the pixels of a row, in all channels. Pixels are named by the first of them in the first block; from one block to the next it is a tensor's
/// plane, or as many floats as are said.
/// </summary>
internal abstract unsafe class LrnRow<T>
    where T : unmanaged, IVector<T>
{
    private readonly int _margin;

    private protected LrnRow(BlockedFormat format, int delay)
    {
        Plane = (long)format.Pixels * Tile.Block;
        Registers = format.Blocks * T.PerBlock;
        _margin = ((2 * delay) + 1) * T.Width;
        ScratchFloats = _margin + ((Registers + delay) * T.Width);
    }

    /// <summary>Floats of scratch memory, for windows.</summary>
    public int ScratchFloats { get; }

    /// <summary>Floats from one block of the tensor to the next.</summary>
    protected long Plane { get; }

    /// <summary>Registers of a pixel's channels.</summary>
    protected int Registers { get; }

    /// <summary>For a layer's numbers.</summary>
    public static LrnRow<T> Create(LrnLayer layer, BlockedFormat format)
    {
        const float Smallest = 1e-30f; // of which inverse roots are still normal numbers
        int radius = Math.Min(layer.Radius, format.Logical.C); // a window never reaches further than all channels
        return layer.Beta == 0.75f && layer.Bias > Smallest
            ? Create(layer, format, radius, new LrnInverseRoots<T>(layer.Bias, layer.Alpha))
            : Create(layer, format, radius, new LrnAnyPower<T>(layer.Bias, layer.Alpha, layer.Beta));
    }

    /// <summary>Clears what has to be 0 of scratch memory; returns what the passes take.</summary>
    public float* Prepare(float* scratch)
    {
        NativeMemory.Clear(scratch, (nuint)(_margin * sizeof(float)));
        return scratch + _margin;
    }

    /// <summary>y = x * s^-beta.</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="line">Prepared scratch memory.</param>
    /// <param name="to">y.</param>
    /// <param name="toPlane">Floats from one block of y to the next.</param>
    public abstract void Normalise(float* pixels, int count, float* line, float* to, long toPlane);

    /// <summary>s^-beta and 1 / s.</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="line">Prepared scratch memory.</param>
    /// <param name="powers">s^-beta.</param>
    /// <param name="inverses">1 / s.</param>
    /// <param name="toPlane">Floats from one block of these to the next.</param>
    public abstract void Powers(float* pixels, int count, float* line, float* powers, float* inverses, long toPlane);

    /// <summary>dx[i] = dy[i] * s[i]^-beta - 2 * alpha * beta * x[i] * sum over the window of dy[j] * y[j] / s[j].</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="line">Prepared scratch memory.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="gradientPlane">Floats from one block of dy to the next.</param>
    /// <param name="powers">s^-beta.</param>
    /// <param name="inverses">1 / s.</param>
    /// <param name="powerPlane">Floats from one block of these to the next.</param>
    /// <param name="to">dx, in a tensor like x's.</param>
    /// <param name="relu">Whether x is a rectifier's output, and dx is to be the gradient of its input.</param>
    /// <param name="totals">Takes, added to what is there, the sum of dx over the pixels, by channel; or null.</param>
    public abstract void Gradient(
        float* pixels, int count, float* line, float* gradient, long gradientPlane, float* powers, float* inverses, long powerPlane, float* to, bool relu, float* totals);

    private static LrnRow<T> Create<TPower>(LrnLayer layer, BlockedFormat format, int radius, TPower power)
        where TPower : struct, ILrnPower<T>
    {
        float factor = -2 * layer.Alpha * layer.Beta;
        return radius switch
        {
            2 => new LrnRow<T, LrnWindow<T, LrnRadius2>, TPower>(format, default, power, factor),
            4 when T.Width > 4 => new LrnRow<T, LrnWindow<T, LrnRadius4>, TPower>(format, default, power, factor),
            5 when T.Width > 5 => new LrnRow<T, LrnWindow<T, LrnRadius5>, TPower>(format, default, power, factor),
            _ => new LrnRow<T, LrnWindowAny<T>, TPower>(format, new LrnWindowAny<T>(radius), power, factor),
        };
    }
}

/// <summary>The same for one kind of windows and powers, so that the loops hold no choice and all stays in registers.</summary>
/// <param name="format">The tensor.</param>
/// <param name="windows">Sums windows.</param>
/// <param name="formula">Takes powers.</param>
/// <param name="factor">-2 alpha beta.</param>
internal sealed unsafe class LrnRow<T, TWindow, TPower>(BlockedFormat format, TWindow windows, TPower formula, float factor) : LrnRow<T>(format, windows.Delay)
    where T : unmanaged, IVector<T>
    where TWindow : struct, ILrnWindow<T>
    where TPower : struct, ILrnPower<T>
{
    private const int PixelsAhead = 8 * Tile.Block; // floats from the pixel that is read or written to one that is asked for: channels are far apart

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Normalise(float* pixels, int count, float* line, float* to, long toPlane)
    {
        TPower power = formula;
        TWindow window = windows;
        long plane = Plane;
        int registers = Registers, delay = window.Delay;
        for (int p = 0; p < count; p++, pixels += Tile.Block, to += Tile.Block)
        {
            window.Begin(line);
            for (int register = 0; register < registers + delay; register++)
            {
                T squares = window.Next(register < registers ? Square(pixels + At(register, plane)) : T.Zero);
                int done = register - delay;
                if (done < 0) continue;
                T.Store(T.Multiply(T.Load(pixels + At(done, plane)), power.Power(squares, out _)), to + At(done, toPlane));
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Powers(float* pixels, int count, float* line, float* powers, float* inverses, long toPlane)
    {
        TPower power = formula;
        TWindow window = windows;
        long plane = Plane;
        int registers = Registers, delay = window.Delay;
        for (int p = 0; p < count; p++, pixels += Tile.Block, powers += Tile.Block, inverses += Tile.Block)
        {
            window.Begin(line);
            for (int register = 0; register < registers + delay; register++)
            {
                T squares = window.Next(register < registers ? Square(pixels + At(register, plane)) : T.Zero);
                int done = register - delay;
                if (done < 0) continue;
                T.Store(power.Power(squares, out T inverse), powers + At(done, toPlane));
                T.Store(inverse, inverses + At(done, toPlane));
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gradient(
        float* pixels, int count, float* line, float* gradient, long gradientPlane, float* powers, float* inverses, long powerPlane, float* to, bool relu, float* totals)
    {
        TWindow window = windows;
        T common = T.Broadcast(factor);
        long plane = Plane;
        int registers = Registers, delay = window.Delay;
        for (int p = 0; p < count; p++, pixels += Tile.Block, gradient += Tile.Block, powers += Tile.Block, inverses += Tile.Block, to += Tile.Block)
        {
            window.Begin(line);
            for (int register = 0; register < registers + delay; register++)
            {
                T term = T.Zero;
                if (register < registers)
                {
                    long own = At(register, powerPlane);
                    T y = T.Multiply(T.Load(pixels + At(register, plane)), T.Load(powers + own));
                    term = T.Multiply(T.Multiply(T.Load(gradient + At(register, gradientPlane)), y), T.Load(inverses + own));
                }

                T sum = window.Next(term);
                int done = register - delay;
                if (done < 0) continue;
                float* into = to + At(done, plane);
                Ahead.Ask(into + PixelsAhead);
                T x = T.Load(pixels + At(done, plane)), scaled = T.Multiply(T.Load(gradient + At(done, gradientPlane)), T.Load(powers + At(done, powerPlane)));
                T dx = T.MultiplyAdd(T.Multiply(common, x), sum, scaled);
                if (relu) dx = T.ReluGradient(x, dx);
                T.Store(dx, into);
                if (totals != null) T.Store(T.Add(T.Load(totals + (done * T.Width)), dx), totals + (done * T.Width));
            }
        }
    }

    /// <summary>Where a register of a pixel is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long At(int register, long plane) => T.PerBlock == 1 ? register * plane : (register / T.PerBlock * plane) + (register % T.PerBlock * T.Width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Square(float* source)
    {
        Ahead.Ask(source + PixelsAhead);
        T value = T.Load(source);
        return T.Multiply(value, value);
    }
}
