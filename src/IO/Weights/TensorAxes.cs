namespace AlexNetCuda.IO;

/// <summary>Puts the axes of a tensor in another order.</summary>
internal static class TensorAxes
{
    /// <summary>Copies a row-major tensor to one whose axis k is axis <paramref name="axes"/>[k] of the source, as numpy's <c>transpose(axes)</c> does.</summary>
    /// <param name="source">The values of a tensor of <paramref name="shape"/>.</param>
    /// <param name="shape">The source's dimensions; their product is the length of both spans.</param>
    /// <param name="axes">A permutation of 0 to rank - 1.</param>
    /// <param name="destination">Takes the values.</param>
    public static void Permute<T>(ReadOnlySpan<T> source, ReadOnlySpan<long> shape, ReadOnlySpan<int> axes, Span<T> destination)
    {
        int rank = shape.Length;
        if (rank == 0 || destination.Length == 0)
        {
            source.CopyTo(destination);
            return;
        }

        Span<int> strides = stackalloc int[rank], sizes = stackalloc int[rank], steps = stackalloc int[rank], index = stackalloc int[rank];
        int stride = 1;
        for (int k = rank - 1; k >= 0; k--)
        {
            strides[k] = stride;
            stride *= (int)shape[k];
        }

        for (int k = 0; k < rank; k++) (sizes[k], steps[k]) = ((int)shape[axes[k]], strides[axes[k]]);
        index.Clear();
        int inner = sizes[rank - 1], step = steps[rank - 1], from = 0;
        for (int to = 0; to < destination.Length; to += inner)
        {
            Span<T> row = destination.Slice(to, inner);
            for (int i = 0; i < row.Length; i++) row[i] = source[from + (i * step)];
            for (int k = rank - 2; k >= 0; k--) // on to the next row, as an odometer counts
            {
                from += steps[k];
                if (++index[k] < sizes[k]) break;
                from -= steps[k] * sizes[k];
                index[k] = 0;
            }
        }
    }
}
