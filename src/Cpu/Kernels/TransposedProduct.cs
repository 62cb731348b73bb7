using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The gradient of a fully connected layer's input: [N][columns] times transposed panels, to [N][k]. Weights are transposed 16 by 16, into the first-level cache, just before all rows are
/// multiplied with them: a transposed copy would take as much memory as the weights, and would have to be made anew after each update. A part is 32 values of k.
/// </summary>
internal sealed unsafe class TransposedProduct<T>(PanelFormat panels, int rows, int blockStride, int threads) : ProductTask
    where T : unmanaged, IVector<T>
{
    private const int PanelsAtOnce = 8, BlockFloats = Tile.Block * Tile.Block; // of the weights as they lie; transposed, they and what comes next stay in the first-level cache
    private const int HalfFloats = PanelsAtOnce * BlockFloats, ScratchFloats = (2 * HalfFloats) + Tile.Block;

    public override long ScratchBytes => (long)threads * ScratchFloats * sizeof(float);

    public override void Run(ThreadTeam team) => team.Run(this, (panels.RowBlocks + 1) / 2);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        int block = 2 * part, halves = Math.Min(2, panels.RowBlocks - block), rowFloats = panels.RowBlocks * Tile.Block;
        float* weights = _weights + ((long)block * BlockFloats), transposed = Tile.Align(_scratch + ((long)worker * ScratchFloats));
        for (int panel = 0; panel < panels.Panels; panel += PanelsAtOnce)
        {
            int count = Math.Min(PanelsAtOnce, panels.Panels - panel);
            for (int i = 0; i < count; i++)
            {
                float* from = weights + ((panel + i) * panels.PanelFloats);
                for (int half = 0; half < halves; half++) T.Transpose(from + (half * BlockFloats), transposed + (half * HalfFloats) + (i * BlockFloats));
            }

            Ahead ahead = Ahead.Of(
                weights + ((panel + count) * panels.PanelFloats), halves * BlockFloats, Math.Min(PanelsAtOnce, panels.Panels - panel - count), (nint)panels.PanelFloats);
            Tile.Product<T>(
                _source + ((long)panel * blockStride), blockStride, transposed, HalfFloats, count, null, _output + (block * Tile.Block), rowFloats, Tile.Block, rows, halves,
                panel > 0 ? TileMode.Accumulate : TileMode.Overwrite, ref ahead);
        }
    }
}
