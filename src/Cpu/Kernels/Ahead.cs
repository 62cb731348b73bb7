using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Memory that is needed after the product that is being computed, to be asked for while it is: a few cache lines at a time, since a processor has few requests under way and waits
/// when they are all taken. Runs of floats, a constant step apart; two lots of them.
/// </summary>
internal unsafe struct Ahead
{
    private const int LinesAtOnce = 4, FloatsAtOnce = LinesAtOnce * Tile.Block;
    private float* _first, _nextFirst;
    private nint _step, _nextStep;
    private int _at, _floats, _runs, _nextFloats, _nextRuns;

    /// <summary>Asks for runs of floats.</summary>
    /// <param name="first">The first float.</param>
    /// <param name="floats">Floats of a run; up to 63 more are asked for.</param>
    /// <param name="runs">The number of runs.</param>
    /// <param name="step">Floats from one run to the next.</param>
    public static Ahead Of(float* first, int floats, int runs, nint step) => new() { _first = first, _floats = floats, _runs = floats > 0 ? runs : 0, _step = step };

    /// <summary>The same, and after them others.</summary>
    public readonly Ahead And(float* first, int floats, int runs, nint step) =>
        this with { _nextFirst = first, _nextFloats = floats, _nextRuns = floats > 0 ? runs : 0, _nextStep = step };

    /// <summary>Asks for one cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(float* line)
    {
        if (Sse.IsSupported) Sse.Prefetch0(line);
    }

    /// <summary>Asks for 8 lines, one after the other, of one or two panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rows(float* first, nint second, int panels)
    {
        for (int row = 0; row < Tile.Rows; row++) Ask(first + (row * Tile.Block));
        if (panels < 2) return;
        for (int row = 0; row < Tile.Rows; row++) Ask(first + second + (row * Tile.Block));
    }

    /// <summary>Asks for the next lines, if any are left. (No call: around it all registers of a tile would be saved.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask()
    {
        if (!Sse.IsSupported || _runs == 0) return;
        float* at = _first + _at;
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + Tile.Block);
        Sse.Prefetch0(at + (2 * Tile.Block));
        Sse.Prefetch0(at + (3 * Tile.Block));
        if ((_at += FloatsAtOnce) < _floats) return;
        _at = 0;
        _first += _step;
        if (--_runs > 0) return;
        _first = _nextFirst;
        _step = _nextStep;
        _floats = _nextFloats;
        _runs = _nextRuns;
        _nextRuns = 0;
    }
}
