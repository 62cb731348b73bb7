using System.Buffers;
using System.Numerics;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>
/// The product that every convolution comes down to: packed rows times columns that are unrolled when they are needed. Each
/// output is a sum of its own in a fixed order, so that neither workers nor the width of vectors change a bit.
/// </summary>
internal static unsafe class MatrixProduct
{
    private const int Rows = 4;

    /// <summary>Columns that are worked on at once: two vectors.</summary>
    internal static int Width => 2 * Vector<float>.Count;

    /// <summary>Puts a matrix into the order in which it is read: blocks of 4 rows, column by column.</summary>
    internal static float[] Pack(int rows, int columns, Func<int, int, float> element)
    {
        var packed = new float[(rows + Rows - 1) / Rows * Rows * (long)columns];
        for (var row = 0; row < rows; row++)
        {
            long origin = ((long)(row / Rows) * columns * Rows) + (row % Rows);
            for (var column = 0; column < columns; column++) packed[origin + ((long)column * Rows)] = element(row, column);
        }

        return packed;
    }

    /// <summary>Multiplies.</summary>
    /// <param name="packed">The rows, packed.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="patches">The columns, and where the result's go.</param>
    /// <param name="order">The order of the sums.</param>
    /// <param name="result">Receives the result, at the columns' places.</param>
    /// <param name="workers">Threads; 0: all processors.</param>
    internal static void Run(float[] packed, int rows, Patches patches, SumOrder order, float[] result, int workers)
    {
        (int First, int Last)[] pieces = order.Pieces(patches.Products);
        int longest = pieces.Max(p => p.Last - p.First), width = Width;
        int blocks = (rows + Rows - 1) / Rows, panels = (patches.Columns + width - 1) / width;
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers > 0 ? workers : Environment.ProcessorCount };
        Parallel.For(0, panels, options, panel =>
        {
            float[] unrolled = ArrayPool<float>.Shared.Rent(longest * width), totals = ArrayPool<float>.Shared.Rent(blocks * Rows * width);
            Array.Clear(totals, 0, blocks * Rows * width);
            int column = panel * width, columns = Math.Min(width, patches.Columns - column);
            foreach ((int first, int last) in pieces)
            {
                patches.Unroll(first, last, column, columns, unrolled);
                fixed (float* a = packed, b = unrolled, c = totals)
                {
                    for (var block = 0; block < blocks; block++)
                        Add(a + ((((long)block * patches.Products) + first) * Rows), b, last - first, c + ((long)block * Rows * width));
                }
            }

            for (var j = 0; j < columns; j++)
            {
                long at = patches.ResultIndex(column + j);
                for (var row = 0; row < rows; row++, at += patches.ResultStride) result[at] = totals[(row * width) + j];
            }

            ArrayPool<float>.Shared.Return(unrolled);
            ArrayPool<float>.Shared.Return(totals);
        });
    }

    // 4 rows times 2 vectors of columns: eight sums at once hide the latency of the multiply-add.
    private static void Add(float* a, float* b, int count, float* totals)
    {
        int lanes = Vector<float>.Count;
        Vector<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        for (var k = 0; k < count; k++, a += Rows, b += 2 * lanes)
        {
            Vector<float> left = Vector.Load(b), right = Vector.Load(b + lanes);
            var a0 = new Vector<float>(a[0]);
            s00 = Vector.MultiplyAddEstimate(a0, left, s00);
            s01 = Vector.MultiplyAddEstimate(a0, right, s01);
            var a1 = new Vector<float>(a[1]);
            s10 = Vector.MultiplyAddEstimate(a1, left, s10);
            s11 = Vector.MultiplyAddEstimate(a1, right, s11);
            var a2 = new Vector<float>(a[2]);
            s20 = Vector.MultiplyAddEstimate(a2, left, s20);
            s21 = Vector.MultiplyAddEstimate(a2, right, s21);
            var a3 = new Vector<float>(a[3]);
            s30 = Vector.MultiplyAddEstimate(a3, left, s30);
            s31 = Vector.MultiplyAddEstimate(a3, right, s31);
        }

        AddTo(totals, s00, s01);
        AddTo(totals + (2 * lanes), s10, s11);
        AddTo(totals + (4 * lanes), s20, s21);
        AddTo(totals + (6 * lanes), s30, s31);
    }

    private static void AddTo(float* totals, Vector<float> left, Vector<float> right)
    {
        int lanes = Vector<float>.Count;
        (Vector.Load(totals) + left).Store(totals);
        (Vector.Load(totals + lanes) + right).Store(totals + lanes);
    }
}
