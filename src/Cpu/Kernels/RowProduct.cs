using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The product of one row, [k], which needs no packing. All that takes time is reading the weights: a part is one panel, read from its beginning to its end, and asked
/// for some way ahead of the sums.
/// </summary>
internal sealed unsafe class RowProduct<T>(PanelFormat panels, bool relu) : ProductTask
    where T : unmanaged, IVector<T>
{
    private const int Sums = 8; // as many as a multiply-add takes cycles, times those that begin in one
    private const int Ahead = 4096 / sizeof(float); // half a kibibyte to 16 measured alike
    private const int CacheLine = 64 / sizeof(float);

    public override void Run(ThreadTeam team) => team.Run(this, panels.Panels);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        float* row = _source, weights = _weights + (part * panels.PanelFloats), end = weights + panels.PanelFloats;
        T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero, e = T.Zero, f = T.Zero, g = T.Zero, h = T.Zero;
        for (; weights < end; weights += Sums * T.Width)
        {
            if (Sse.IsSupported)
                for (int line = 0; line < Sums * T.Width; line += CacheLine) Sse.Prefetch0(weights + Ahead + line);
            a = T.MultiplyAdd(T.Broadcast(row[0]), T.Load(weights), a);
            b = T.MultiplyAdd(T.Broadcast(row[1 / T.PerBlock]), T.Load(weights + T.Width), b);
            c = T.MultiplyAdd(T.Broadcast(row[2 / T.PerBlock]), T.Load(weights + (2 * T.Width)), c);
            d = T.MultiplyAdd(T.Broadcast(row[3 / T.PerBlock]), T.Load(weights + (3 * T.Width)), d);
            e = T.MultiplyAdd(T.Broadcast(row[4 / T.PerBlock]), T.Load(weights + (4 * T.Width)), e);
            f = T.MultiplyAdd(T.Broadcast(row[5 / T.PerBlock]), T.Load(weights + (5 * T.Width)), f);
            g = T.MultiplyAdd(T.Broadcast(row[6 / T.PerBlock]), T.Load(weights + (6 * T.Width)), g);
            h = T.MultiplyAdd(T.Broadcast(row[7 / T.PerBlock]), T.Load(weights + (7 * T.Width)), h);
            row += Sums / T.PerBlock;
        }

        float* sums = stackalloc float[Sums * T.Width];
        T.Store(a, sums);
        T.Store(b, sums + T.Width);
        T.Store(c, sums + (2 * T.Width));
        T.Store(d, sums + (3 * T.Width));
        T.Store(e, sums + (4 * T.Width));
        T.Store(f, sums + (5 * T.Width));
        T.Store(g, sums + (6 * T.Width));
        T.Store(h, sums + (7 * T.Width));
        for (int lane = 0; lane < Tile.Block; lane += T.Width)
        {
            T sum = T.Load(sums + lane);
            for (int at = Tile.Block + lane; at < Sums * T.Width; at += Tile.Block) sum = T.Add(sum, T.Load(sums + at));
            if (_bias != null) sum = T.Add(sum, T.Load(_bias + (part * Tile.Block) + lane));
            T.Store(relu ? T.Relu(sum) : sum, _output + (part * Tile.Block) + lane);
        }
    }
}
