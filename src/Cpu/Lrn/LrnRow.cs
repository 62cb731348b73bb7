using System.Runtime.CompilerServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// What the passes of normalisation do with a few pixels of a row, at most <see cref="LrnWindow{T}.Pixels"/>, in all channels. Pixels are named by the first of them in the first
/// block; from one block to the next it is a tensor's plane, or as many floats as are said.
/// </summary>
internal readonly unsafe struct LrnRow<T>
    where T : unmanaged, IVector<T>
{
    private readonly LrnFormula<T> _formula;
    private readonly LrnWindow<T> _window;
    private readonly int _blocks;
    private readonly long _plane;

    public LrnRow(LrnLayer layer, BlockedFormat format)
    {
        _formula = new LrnFormula<T>(layer);
        _window = new LrnWindow<T>(layer.Radius, format);
        _blocks = format.Blocks;
        _plane = (long)format.Pixels * Tile.Block;
    }

    /// <summary>Floats of scratch memory, for the summands of windows.</summary>
    public int ScratchFloats => _window.ScratchFloats;

    /// <inheritdoc cref="LrnWindow{T}.Prepare"/>
    public float* Prepare(float* scratch) => _window.Prepare(scratch);

    /// <summary>y = x * s^-beta.</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="lines">Prepared scratch memory.</param>
    /// <param name="to">y.</param>
    /// <param name="toPlane">Floats from one block of y to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalise(float* pixels, int count, float* lines, float* to, long toPlane)
    {
        LrnFormula<T> formula = _formula;
        LrnWindow<T> window = _window;
        Squares(pixels, count, lines);
        for (int block = 0; block < _blocks; block++)
        {
            for (int p = 0; p < count; p++)
            {
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    int at = (p * Tile.Block) + lane;
                    T power = formula.Power(formula.Scale(window.Sum(lines + (p * window.Line) + (block * Tile.Block) + lane)), out _);
                    T.Store(T.Multiply(T.Load(pixels + (block * _plane) + at), power), to + (block * toPlane) + at);
                }
            }
        }
    }

    /// <summary>s^-beta and 1 / s.</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="lines">Prepared scratch memory.</param>
    /// <param name="powers">s^-beta.</param>
    /// <param name="inverses">1 / s.</param>
    /// <param name="toPlane">Floats from one block of these to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Powers(float* pixels, int count, float* lines, float* powers, float* inverses, long toPlane)
    {
        LrnFormula<T> formula = _formula;
        LrnWindow<T> window = _window;
        Squares(pixels, count, lines);
        for (int block = 0; block < _blocks; block++)
        {
            for (int p = 0; p < count; p++)
            {
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    long at = (block * toPlane) + (p * Tile.Block) + lane;
                    T power = formula.Power(formula.Scale(window.Sum(lines + (p * window.Line) + (block * Tile.Block) + lane)), out T inverse);
                    T.Store(power, powers + at);
                    T.Store(inverse, inverses + at);
                }
            }
        }
    }

    /// <summary>dx[i] = dy[i] * s[i]^-beta - 2 * alpha * beta * x[i] * sum over the window of dy[j] * y[j] / s[j].</summary>
    /// <param name="pixels">x.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="lines">Prepared scratch memory.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="gradientPlane">Floats from one block of dy to the next.</param>
    /// <param name="powers">s^-beta.</param>
    /// <param name="inverses">1 / s.</param>
    /// <param name="powerPlane">Floats from one block of these to the next.</param>
    /// <param name="to">dx, in a tensor like x's.</param>
    /// <param name="relu">Whether x is a rectifier's output, and dx is to be the gradient of its input.</param>
    /// <param name="sums">Takes, added to what is there, the sum of dx over the pixels, by channel; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Gradient(
        float* pixels, int count, float* lines, float* gradient, long gradientPlane, float* powers, float* inverses, long powerPlane, float* to, bool relu, float* sums)
    {
        LrnWindow<T> window = _window;
        for (int block = 0; block < _blocks; block++)
        {
            for (int p = 0; p < count; p++)
            {
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    int pixel = (p * Tile.Block) + lane;
                    long at = (block * powerPlane) + pixel;
                    T y = T.Multiply(T.Load(pixels + (block * _plane) + pixel), T.Load(powers + at)), dy = T.Load(gradient + (block * gradientPlane) + pixel);
                    T.Store(T.Multiply(T.Multiply(dy, y), T.Load(inverses + at)), lines + (p * window.Line) + (block * Tile.Block) + lane);
                }
            }
        }

        T factor = _formula.GradientFactor;
        for (int block = 0; block < _blocks; block++)
        {
            for (int lane = 0; lane < Tile.Block; lane += T.Width)
            {
                T total = T.Zero;
                for (int p = 0; p < count; p++)
                {
                    int pixel = (p * Tile.Block) + lane;
                    T x = T.Load(pixels + (block * _plane) + pixel), own = T.Multiply(T.Load(gradient + (block * gradientPlane) + pixel), T.Load(powers + (block * powerPlane) + pixel));
                    T dx = T.MultiplyAdd(T.Multiply(factor, x), window.Sum(lines + (p * window.Line) + (block * Tile.Block) + lane), own);
                    if (relu) dx = T.ReluGradient(x, dx);
                    total = T.Add(total, dx);
                    T.Store(dx, to + (block * _plane) + pixel);
                }

                if (sums != null) T.Store(T.Add(T.Load(sums + (block * Tile.Block) + lane), total), sums + (block * Tile.Block) + lane);
            }
        }
    }

    /// <summary>Lays out the squares of pixels, channel after channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Squares(float* pixels, int count, float* lines)
    {
        for (int block = 0; block < _blocks; block++)
        {
            for (int p = 0; p < count; p++)
            {
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    T value = T.Load(pixels + (block * _plane) + (p * Tile.Block) + lane);
                    T.Store(T.Multiply(value, value), lines + (p * _window.Line) + (block * Tile.Block) + lane);
                }
            }
        }
    }
}
