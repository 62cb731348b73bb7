using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution's weights, transformed: [group][column / 16][point][row][16], rows padded to blocks of 16. For the forward pass rows are input channels and columns output channels;
/// for the gradient of the input the other way about, and the taps are turned round. Computed in double precision, so that the bits are the same on every processor and
/// whichever way the weights come.
/// </summary>
/// <param name="Logical">[out, in / groups, height, width].</param>
/// <param name="GroupCount">The number of groups.</param>
/// <param name="Points">Points of the scheme in one dimension.</param>
/// <param name="Gradient">Whether these are the weights of the gradient of the input.</param>
/// <param name="Stride">Of a convolution that is computed as one of stride 1, see <see cref="WeightPhases"/>; 1 otherwise, and for a gradient.</param>
internal sealed record WinogradPanels(Shape Logical, int GroupCount, int Points, bool Gradient, int Stride = 1) : CpuFormat(Logical)
{
    public override string Layout => Gradient ? "transposed panels by point" : "panels by point";

    /// <summary>Rows of a group, without padding.</summary>
    public int Rows => Gradient ? Logical.N / GroupCount : Phases.Channels;

    /// <summary>Columns of a group.</summary>
    public int Columns => Gradient ? Logical.C : Logical.N / GroupCount;

    /// <summary>Blocks of 16 rows.</summary>
    public int RowBlocks => (Rows + Tile.Block - 1) / Tile.Block;

    /// <summary>Panels of 16 columns.</summary>
    public int Panels => (Columns + Tile.Block - 1) / Tile.Block;

    /// <summary>Floats of one panel of one point.</summary>
    public int PointFloats => RowBlocks * Tile.Block * Tile.Block;

    /// <summary>Floats of one panel.</summary>
    public long PanelFloats => (long)Points * Points * PointFloats;

    public override long Floats => GroupCount * Panels * PanelFloats;

    /// <summary>Rows and columns of taps.</summary>
    public int Taps => Phases.TapRows;

    private WeightPhases Phases => new(Logical, Stride);

    private double[] Filter => (Points, Taps) switch
    {
        (6, 3) => Winograd4x3.Filter,
        (7, 3) => Winograd5x3.Filter,
        _ => Winograd4x5.Filter,
    };

    public override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        fixed (float* source = canonical)
        {
            float* from = source;
            Parallel.For(0, GroupCount * Panels, panel =>
            {
                (int group, int j) = Math.DivRem(panel, Panels);
                float* to = tensor + (panel * PanelFloats);
                float* taps = stackalloc float[Taps * Taps * Tile.Block];
                double* scratch = stackalloc double[ScratchDoubles];
                for (int row = 0; row < RowBlocks * Tile.Block; row++)
                {
                    Gather(from, group, row, j * Tile.Block, taps);
                    Transform(taps, to + (row * Tile.Block), scratch);
                }
            });
        }
    }

    public override unsafe void Read(float* tensor, Span<float> canonical) =>
        throw new InvalidOperationException("Transformed weights are made from others, never read back.");

    /// <summary>Doubles of scratch memory for <see cref="Transform"/>.</summary>
    public int ScratchDoubles => ((Taps * Taps) + (Points * Taps)) * Tile.Block;

    /// <summary>G g G' of 16 filters.</summary>
    /// <param name="taps">[taps * taps][16].</param>
    /// <param name="to">The first point; the others follow <see cref="PointFloats"/> apart.</param>
    /// <param name="scratch"><see cref="ScratchDoubles"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Transform(float* taps, float* to, double* scratch)
    {
        int r = Taps, points = Points, step = PointFloats;
        double* wide = scratch, half = scratch + (r * r * Tile.Block);
        for (int i = 0; i < r * r * Tile.Block; i += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(taps + i));
            low.Store(wide + i);
            high.Store(wide + i + Vector256<double>.Count);
        }

        fixed (double* filter = Filter)
        {
            for (int p = 0; p < points; p++)
            {
                for (int i = 0; i < r * Tile.Block; i += Vector256<double>.Count)
                {
                    Vector256<double> sum = Vector256.Load(wide + i) * filter[p * r];
                    for (int tap = 1; tap < r; tap++) sum += Vector256.Load(wide + (tap * r * Tile.Block) + i) * filter[(p * r) + tap];
                    sum.Store(half + (p * r * Tile.Block) + i);
                }
            }

            for (int p = 0; p < points; p++)
            {
                double* line = half + (p * r * Tile.Block);
                for (int q = 0; q < points; q++)
                {
                    for (int i = 0; i < Tile.Block; i += Vector256<float>.Count)
                    {
                        Vector256<double> low = Vector256.Load(line + i) * filter[q * r], high = Vector256.Load(line + i + Vector256<double>.Count) * filter[q * r];
                        for (int tap = 1; tap < r; tap++)
                        {
                            low += Vector256.Load(line + (tap * Tile.Block) + i) * filter[(q * r) + tap];
                            high += Vector256.Load(line + (tap * Tile.Block) + i + Vector256<double>.Count) * filter[(q * r) + tap];
                        }

                        Vector256.Narrow(low, high).Store(to + ((long)((p * points) + q) * step) + i);
                    }
                }
            }
        }
    }

    /// <summary>The taps of 16 filters of a row, from canonical weights; 0 for padding.</summary>
    private unsafe void Gather(float* canonical, int group, int row, int column, float* taps)
    {
        WeightPhases phases = Phases;
        int area = phases.Taps, outputs = Logical.N / GroupCount, filterFloats = Logical.C * Logical.H * Logical.W;
        for (int j = 0; j < Tile.Block; j++)
        {
            int output = Gradient ? row : column + j, input = Gradient ? column + j : row;
            bool inside = output < outputs && input < phases.Channels;
            float* filter = canonical + ((((long)group * outputs) + output) * filterFloats);
            for (int tap = 0; tap < area; tap++)
            {
                long at = inside ? phases.Index(input, Gradient ? area - 1 - tap : tap) : -1;
                taps[(tap * Tile.Block) + j] = at < 0 ? 0 : filter[at];
            }
        }
    }
}
