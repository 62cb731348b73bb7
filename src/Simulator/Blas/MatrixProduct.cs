using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>D = epilogue(alpha op(A) op(B) + beta C + bias), by plain loops. C and D may be the same matrix.</summary>
internal sealed record MatrixProduct
{
    private const long WorthThreads = 1 << 18;

    public required Matrix A { get; init; }

    public required Matrix B { get; init; }

    public required Matrix C { get; init; }

    public required Matrix D { get; init; }

    public bool TransposeA { get; init; }

    public bool TransposeB { get; init; }

    /// <summary>The length of the sums.</summary>
    public required long K { get; init; }

    public required float Alpha { get; init; }

    public required float Beta { get; init; }

    /// <summary>What multiplication makes of float32 operands.</summary>
    public InputPrecision Precision { get; init; }

    /// <summary>Into how many parts the sum is split.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>What sums of parts are kept as where there are several.</summary>
    public ElementKind Partial { get; init; }

    /// <summary>A number for each row of D, read when the product runs.</summary>
    public Matrix? Bias { get; init; }

    /// <summary>Whether what is negative becomes 0; a NaN stays.</summary>
    public bool Relu { get; init; }

    /// <summary>Whether A and B are looked at: as in BLAS, not where nothing of them would count.</summary>
    public bool ReadsFactors => K > 0 && Alpha != 0;

    /// <summary>Whether C is looked at: not even a NaN of it counts where beta is 0.</summary>
    public bool ReadsC => Beta != 0;

    /// <summary>Computes it.</summary>
    /// <param name="memory">Where the matrices are.</param>
    /// <param name="order">The parts of the sums in their order.</param>
    /// <param name="workers">Threads that may work at once; 0: all processors.</param>
    /// <exception cref="ArgumentException">A matrix is not in live memory.</exception>
    public void Run(DeviceMemory memory, SumPart[] order, int workers)
    {
        var left = new Factor(0, A.Kind, D.Rows, TransposeA ? A.LeadingDimension : 1, TransposeA ? 1 : A.LeadingDimension);
        var right = new Factor(0, B.Kind, D.Columns, TransposeB ? 1 : B.LeadingDimension, TransposeB ? B.LeadingDimension : 1);
        if (ReadsFactors)
        {
            left = left with { Origin = memory.HostPointer(A.Address, A.Bytes) };
            right = right with { Origin = memory.HostPointer(B.Address, B.Bytes) };
        }
        else
        {
            order = [];
        }

        var result = new Result(
            memory.HostPointer(D.Address, D.Bytes),
            ReadsC ? memory.HostPointer(C.Address, C.Bytes) : 0,
            Bias is { } bias ? memory.HostPointer(bias.Address, bias.Bytes) : 0,
            Swapped: false);
        MarkWritten(memory);
        // The wider side is the one that is summed in vectors. Each element's sum is the same either way.
        if (D.Rows < ProductTile.Columns && D.Columns > D.Rows)
        {
            (left, right) = (right, left);
            result = result with { Swapped = true };
        }

        long tileRows = (left.Count + ProductTile.Rows - 1) / ProductTile.Rows;
        long tileColumns = (right.Count + ProductTile.Columns - 1) / ProductTile.Columns;
        if (D.Rows * D.Columns * Math.Max(K, 1) < WorthThreads || workers == 1)
        {
            using var tile = new ProductTile();
            for (long i = 0; i < tileRows * tileColumns; i++) SumTile(tile, left, right, i % tileRows, i / tileRows, order, result);
            return;
        }

        Parallel.For(
            0,
            tileRows * tileColumns,
            new ParallelOptions { MaxDegreeOfParallelism = workers > 0 ? workers : Environment.ProcessorCount },
            () => new ProductTile(),
            (i, _, tile) =>
            {
                SumTile(tile, left, right, i % tileRows, i / tileRows, order, result);
                return tile;
            },
            tile => tile.Dispose());
    }

    // Only the elements: what lies between the columns has been written by nobody.
    private void MarkWritten(DeviceMemory memory)
    {
        if (!memory.TracksWrites) return;
        int size = D.Kind.Size();
        for (long j = 0; j < D.Columns; j++)
            memory.HostPointer(D.Address + (ulong)(j * D.LeadingDimension * size), D.Rows * size, willWrite: true);
    }

    private void SumTile(ProductTile tile, Factor left, Factor right, long tileRow, long tileColumn, SumPart[] order, Result result)
    {
        long row = tileRow * ProductTile.Rows, column = tileColumn * ProductTile.Columns;
        tile.Sum(left, row, right, column, order, Precision, Partial);
        var rows = (int)Math.Min(ProductTile.Rows, left.Count - row);
        var columns = (int)Math.Min(ProductTile.Columns, right.Count - column);
        for (var j = 0; j < columns; j++)
        {
            Span<float> values = tile.Column(j, rows);
            if (result.Swapped) Finish(values, result, column + j, row, rowStep: 0, columnStep: 1);
            else Finish(values, result, row, column + j, rowStep: 1, columnStep: 0);
        }
    }

    /// <summary>Scales sums, adds C and bias, applies the ReLU and writes them, rounded once.</summary>
    private void Finish(Span<float> values, Result result, long row, long column, int rowStep, int columnStep)
    {
        long index = row + (column * D.LeadingDimension), step = rowStep + (columnStep * D.LeadingDimension);
        long indexC = row + (column * C.LeadingDimension), stepC = rowStep + (columnStep * C.LeadingDimension);
        for (var i = 0; i < values.Length; i++)
        {
            float value = Alpha * values[i];
            if (ReadsC) value = MathF.FusedMultiplyAdd(Alpha, values[i], Beta * C.Kind.Read(result.C, indexC + (i * stepC)));
            if (Bias is { } bias) value += bias.Kind.Read(result.Bias, row + (i * rowStep));
            if (Relu && value < 0) value = 0;
            values[i] = value;
        }

        if (step == 1) D.Kind.Write(result.D, index, values);
        else for (var i = 0; i < values.Length; i++) D.Kind.Write(result.D, index + (i * step), values[i]);
    }

    /// <summary>Where the result goes; swapped: a tile's rows are columns of D.</summary>
    private readonly record struct Result(nint D, nint C, nint Bias, bool Swapped);
}
