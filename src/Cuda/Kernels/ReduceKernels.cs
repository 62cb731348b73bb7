namespace AlexNetCuda.Cuda.Kernels;

/// <summary>What a reduction adds up.</summary>
public enum Reduction
{
    /// <summary>The elements.</summary>
    Sum = 0,

    /// <summary>Their squares.</summary>
    SumOfSquares = 1,

    /// <summary>Their magnitudes.</summary>
    SumOfMagnitudes = 2,

    /// <summary>Not a sum: the largest magnitude; NaN wins.</summary>
    LargestMagnitude = 3,
}

/// <summary>Launches of kernels/reduce.cu: one number of a whole tensor, and the Inf/NaN scan; float32 and 16 bits.</summary>
public static class ReduceKernels
{
    /// <summary>The most partial results a reduction makes.</summary>
    public const int LargestWorkspaceFloats = 1024;

    private const string Module = "reduce";

    /// <summary>Floats of workspace a reduction of <paramref name="count"/> elements needs.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static int WorkspaceFloats(long count) =>
        (int)Math.Min(LaunchShape.CeilingDivide(LaunchShape.Positive(count, nameof(count)), 1024), LargestWorkspaceFloats);

    /// <summary>result = factor * reduction of x, or its square root, in two launches and a fixed order.</summary>
    /// <param name="x">count elements.</param>
    /// <param name="workspace">As many floats as <see cref="WorkspaceFloats"/> says.</param>
    /// <param name="result">One float.</param>
    /// <param name="count">Elements.</param>
    /// <param name="kind">What is added up.</param>
    /// <param name="factor">Multiplies the outcome.</param>
    /// <param name="root">Whether the square root is taken, last.</param>
    /// <param name="storage">Of x; partial results and the result are float32.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static IReadOnlyList<KernelLaunch> Reduce(
        ulong x,
        ulong workspace,
        ulong result,
        long count,
        Reduction kind,
        float factor = 1f,
        bool root = false,
        Storage storage = Storage.Float32)
    {
        var blocks = Blocks(count, storage);
        return
        [
            new KernelLaunch(
                Module,
                "reduce_partial" + storage.Suffix(),
                new Extent(blocks),
                new Extent(256),
                0,
                [KernelArgument.Pointer(x), KernelArgument.Pointer(workspace), KernelArgument.Value(count), KernelArgument.Value((int)kind)],
                storage.Bytes() * count,
                4L * blocks),
            new KernelLaunch(
                Module,
                "reduce_finish",
                new Extent(1),
                new Extent(256),
                0,
                [
                    KernelArgument.Pointer(workspace), KernelArgument.Pointer(result), KernelArgument.Value(blocks),
                    KernelArgument.Value((int)kind), KernelArgument.Value(factor), KernelArgument.Value(root ? 1 : 0),
                ],
                4L * blocks,
                4),
        ];
    }

    /// <summary>result = sum x^2 / 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static IReadOnlyList<KernelLaunch> L2Loss(ulong x, ulong workspace, ulong result, long count) =>
        Reduce(x, workspace, result, count, Reduction.SumOfSquares, 0.5f);

    /// <summary>Sets the state's skip flag where an element is infinite or NaN; leaves it alone otherwise.</summary>
    /// <param name="x">count elements.</param>
    /// <param name="count">Elements.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="storage">Of x.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch NonfiniteScan(ulong x, long count, ulong state, Storage storage = Storage.Float32) => new(
        Module,
        "nonfinite_scan" + storage.Suffix(),
        new Extent(Blocks(count, storage)),
        new Extent(256),
        0,
        [KernelArgument.Pointer(x), KernelArgument.Value(count), KernelArgument.Pointer(state)],
        storage.Bytes() * count,
        0);

    // At most WorkspaceFloats.
    private static int Blocks(long count, Storage storage) =>
        Math.Min(LaunchShape.Runs(LaunchShape.Positive(count, nameof(count)), storage).X, LargestWorkspaceFloats);
}
