namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/top_k.cu: the largest scores of each row, float32.</summary>
public static class TopKKernels
{
    /// <summary>The k largest scores of each row, descending; equal ones by index, NaN first. k = 1 is argmax.</summary>
    /// <param name="x">rows x classes floats.</param>
    /// <param name="values">rows x k floats, or 0: not wanted.</param>
    /// <param name="indices">rows x k ints.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Scores of a row.</param>
    /// <param name="k">How many, 1 to <paramref name="classes"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or k exceeds the classes.</exception>
    public static KernelLaunch TopK(ulong x, ulong values, ulong indices, int rows, int classes, int k)
    {
        LaunchShape.Positive(rows, nameof(rows));
        LaunchShape.Positive(classes, nameof(classes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LaunchShape.Positive(k, nameof(k)), classes, nameof(k));
        return new KernelLaunch(
            "top_k",
            "top_k",
            new Extent(rows),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(values), KernelArgument.Pointer(indices), KernelArgument.Value(rows),
                KernelArgument.Value(classes), KernelArgument.Value(k),
            ],
            4L * rows * classes,
            (values != 0 ? 8L : 4L) * rows * k);
    }
}
