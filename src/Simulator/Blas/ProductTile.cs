using System.Numerics;
using System.Runtime.InteropServices;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>An operand of a product as the sum sees it: elements of a row (or column) of the result, and of the sum.</summary>
/// <param name="Origin">The host address of the first.</param>
/// <param name="Kind">How they lie there.</param>
/// <param name="Count">Rows (columns) of the result.</param>
/// <param name="Stride">Elements from one row's (column's) to the next one's.</param>
/// <param name="DepthStride">Elements from one term of the sum to the next.</param>
internal readonly record struct Factor(nint Origin, ElementKind Kind, long Count, long Stride, long DepthStride);

/// <summary>
/// A tile of a product while it is summed: copies of the operands' parts, and the sums. Every element is summed by itself in the
/// order it is told, by fused multiply-adds in float32, so that tiles and threads make no difference.
/// </summary>
internal sealed unsafe class ProductTile : IDisposable
{
    internal const int Rows = 64;
    internal const int Columns = 32;
    private const int Depth = 256;

    private readonly float* _left = Allocate(Rows * Depth);
    private readonly float* _right = Allocate(Columns * Depth);
    private readonly float* _sums = Allocate(Rows * Columns);
    private readonly float* _totals = Allocate(Rows * Columns);
    private readonly float[] _line = new float[Depth];

    /// <summary>Sums a tile.</summary>
    /// <param name="left">What the rows are made of.</param>
    /// <param name="row">The tile's first row.</param>
    /// <param name="right">What the columns are made of.</param>
    /// <param name="column">The tile's first column.</param>
    /// <param name="order">The parts of the sum.</param>
    /// <param name="precision">What multiplication makes of the operands.</param>
    /// <param name="partial">What sums of parts are kept as where there are several.</param>
    internal void Sum(Factor left, long row, Factor right, long column, SumPart[] order, InputPrecision precision, ElementKind partial)
    {
        var rows = (int)Math.Min(Rows, left.Count - row);
        var columns = (int)Math.Min(Columns, right.Count - column);
        var totals = new Span<float>(_totals, Rows * Columns);
        var sums = new Span<float>(_sums, Rows * Columns);
        totals.Clear();
        foreach (SumPart part in order)
        {
            sums.Clear();
            for (long start = part.Start; start < part.End; start += Depth)
            {
                var depth = (int)Math.Min(Depth, part.End - start);
                Pack(left, row, rows, start, depth, _left, Rows, precision);
                Pack(right, column, columns, start, depth, _right, Columns, precision);
                Multiply(rows, columns, depth);
            }

            if (order.Length == 1) sums.CopyTo(totals);
            else for (var i = 0; i < totals.Length; i++) totals[i] += partial.Stored(sums[i]);
        }
    }

    /// <summary>The sums of a column of the tile.</summary>
    internal Span<float> Column(int column, int rows) => new(_totals + (column * Rows), rows);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_left);
        NativeMemory.AlignedFree(_right);
        NativeMemory.AlignedFree(_sums);
        NativeMemory.AlignedFree(_totals);
    }

    private static float* Allocate(int count)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        // What lies beside a tile that is not full is multiplied too, and dropped.
        new Span<float>(memory, count).Clear();
        return memory;
    }

    private void Pack(Factor factor, long first, int count, long start, int depth, float* packed, int pitch, InputPrecision precision)
    {
        if (factor.Stride == 1)
        {
            for (var p = 0; p < depth; p++)
            {
                var line = new Span<float>(packed + (p * pitch), count);
                factor.Kind.Read(factor.Origin, first + ((start + p) * factor.DepthStride), line);
                Rounding.Round(line, precision);
            }

            return;
        }

        Span<float> terms = _line.AsSpan(0, depth);
        for (var i = 0; i < count; i++)
        {
            factor.Kind.Read(factor.Origin, ((first + i) * factor.Stride) + start, terms);
            Rounding.Round(terms, precision);
            for (var p = 0; p < terms.Length; p++) packed[(p * pitch) + i] = terms[p];
        }
    }

    private void Multiply(int rows, int columns, int depth)
    {
        int width = Vector<float>.Count;
        for (var j = 0; j < columns; j += 4)
        {
            for (var i = 0; i < rows; i += 2 * width)
            {
                float* sums = _sums + (j * Rows) + i;
                Vector<float> s00 = Vector.Load(sums), s01 = Vector.Load(sums + width);
                Vector<float> s10 = Vector.Load(sums + Rows), s11 = Vector.Load(sums + Rows + width);
                Vector<float> s20 = Vector.Load(sums + (2 * Rows)), s21 = Vector.Load(sums + (2 * Rows) + width);
                Vector<float> s30 = Vector.Load(sums + (3 * Rows)), s31 = Vector.Load(sums + (3 * Rows) + width);
                float* left = _left + i;
                float* right = _right + j;
                for (var p = 0; p < depth; p++, left += Rows, right += Columns)
                {
                    Vector<float> l0 = Vector.Load(left), l1 = Vector.Load(left + width);
                    var r = new Vector<float>(right[0]);
                    s00 = Vector.FusedMultiplyAdd(l0, r, s00);
                    s01 = Vector.FusedMultiplyAdd(l1, r, s01);
                    r = new Vector<float>(right[1]);
                    s10 = Vector.FusedMultiplyAdd(l0, r, s10);
                    s11 = Vector.FusedMultiplyAdd(l1, r, s11);
                    r = new Vector<float>(right[2]);
                    s20 = Vector.FusedMultiplyAdd(l0, r, s20);
                    s21 = Vector.FusedMultiplyAdd(l1, r, s21);
                    r = new Vector<float>(right[3]);
                    s30 = Vector.FusedMultiplyAdd(l0, r, s30);
                    s31 = Vector.FusedMultiplyAdd(l1, r, s31);
                }

                Vector.Store(s00, sums);
                Vector.Store(s01, sums + width);
                Vector.Store(s10, sums + Rows);
                Vector.Store(s11, sums + Rows + width);
                Vector.Store(s20, sums + (2 * Rows));
                Vector.Store(s21, sums + (2 * Rows) + width);
                Vector.Store(s30, sums + (3 * Rows));
                Vector.Store(s31, sums + (3 * Rows) + width);
            }
        }
    }
}
