using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The product of one row, [k], which needs no packing. All that takes time is reading the weights: a part is one panel, read from its beginning to its end. The processor sees that
/// coming by itself: asking for it, however far ahead, took a tenth longer.
/// </summary>
internal sealed unsafe class RowProduct<T>(PanelFormat panels, bool relu) : ProductTask
    where T : unmanaged, IVector<T>
{
    private const int RowsOfSum = 512; // the rounding of a sum grows with its length: longer ones are sums of sums

    public override void Run(ThreadTeam team) => team.Run(this, panels.Panels);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        float* row = _source, weights = _weights + (part * panels.PanelFloats), end = weights + panels.PanelFloats;
        // 16 columns are 1, 2 or 4 registers.
        T total0 = T.Zero, total1 = T.Zero, total2 = T.Zero, total3 = T.Zero;
        while (weights < end)
        {
            float* stop = weights + Math.Min(end - weights, RowsOfSum * Tile.Block);
            T even0 = T.Zero, even1 = T.Zero, even2 = T.Zero, even3 = T.Zero, odd0 = T.Zero, odd1 = T.Zero, odd2 = T.Zero, odd3 = T.Zero;
            for (; weights < stop; weights += 2 * Tile.Block, row += 2)
            {
                T even = T.Broadcast(row[0]), odd = T.Broadcast(row[1]);
                even0 = T.MultiplyAdd(even, weights, even0);
                if (T.PerBlock > 1) even1 = T.MultiplyAdd(even, weights + T.Width, even1);
                if (T.PerBlock > 2) even2 = T.MultiplyAdd(even, weights + (2 * T.Width), even2);
                if (T.PerBlock > 2) even3 = T.MultiplyAdd(even, weights + (3 * T.Width), even3);
                odd0 = T.MultiplyAdd(odd, weights + Tile.Block, odd0);
                if (T.PerBlock > 1) odd1 = T.MultiplyAdd(odd, weights + Tile.Block + T.Width, odd1);
                if (T.PerBlock > 2) odd2 = T.MultiplyAdd(odd, weights + Tile.Block + (2 * T.Width), odd2);
                if (T.PerBlock > 2) odd3 = T.MultiplyAdd(odd, weights + Tile.Block + (3 * T.Width), odd3);
            }

            total0 = T.Add(total0, T.Add(even0, odd0));
            total1 = T.Add(total1, T.Add(even1, odd1));
            total2 = T.Add(total2, T.Add(even2, odd2));
            total3 = T.Add(total3, T.Add(even3, odd3));
        }

        End(part, 0, total0);
        if (T.PerBlock > 1) End(part, 1, total1);
        if (T.PerBlock > 2) End(part, 2, total2);
        if (T.PerBlock > 2) End(part, 3, total3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void End(int part, int register, T sum)
    {
        int column = (part * Tile.Block) + (register * T.Width);
        if (_bias != null) sum = T.Add(sum, T.Load(_bias + column));
        T.Store(relu ? T.Relu(sum) : sum, _output + column);
    }
}
