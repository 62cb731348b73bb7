using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>
/// What an algorithm costs: workspace and time. No real library's numbers, which are documented nowhere; but of the kind: nothing
/// for the general algorithms, little for indices, much for what unrolls or transforms its operands.
/// </summary>
internal static class AlgorithmCosts
{
    /// <summary>Bytes of workspace.</summary>
    internal static long Workspace(ConvolutionProblem problem, int algorithm, Platform platform)
    {
        TensorShape x = problem.X, w = problem.W, y = problem.Y;
        long taps = (long)w.C * w.H * w.W;
        long planes = ((long)x.N * x.C) + ((long)w.N * w.C) + ((long)y.N * y.C);
        long bytes = AlgorithmTables.MethodOf(problem.Direction, algorithm) switch
        {
            // Indices, and for the filters' gradient the partial sums of 4 blocks.
            Method.Precomputed => (problem.Direction == Direction.BackwardFilter ? 4 * w.Count * sizeof(float) : 0)
                + (sizeof(int) * (taps + ((long)y.H * y.W))) + (LibraryFacts.IsVersion8(platform.Version) ? 0 : 16 << 10),
            Method.Gemm when problem.Direction == Direction.BackwardFilter => sizeof(int) * 2 * (taps + ((long)y.H * y.W)),
            Method.Gemm => taps * problem.Groups * y.H * y.W * x.ElementBytes,
            Method.Fft => planes * 2 * sizeof(float) * Power2(x.H + (2 * problem.Convolution.PadY))
                * ((Power2(x.W + (2 * problem.Convolution.PadX)) / 2) + 1),
            Method.FftTiling => planes * 2 * sizeof(float) * 32 * 17,
            Method.Winograd => 16L * w.N * w.C * sizeof(float),
            Method.WinogradNonfused => Tiled(x, y, w) * sizeof(float),
            _ => 0,
        };
        return (bytes + 255) / 256 * 256;
    }

    /// <summary>Milliseconds as the heuristics guess them.</summary>
    internal static double Guess(ConvolutionProblem problem, int algorithm, CudnnMathType math, SimulatedGpu gpu)
    {
        double peak = 2.0 * gpu.Multiprocessors * 64 * gpu.ClockKilohertz;
        double speed = AlgorithmTables.MethodOf(problem.Direction, algorithm) switch
        {
            Method.General => 0.3,
            Method.Precomputed => 0.55,
            Method.Gemm => 0.35,
            Method.Fft => 0.4,
            Method.FftTiling => 0.45,
            Method.Winograd => 0.8,
            _ => 0.7,
        };
        if (math is CudnnMathType.TensorOpMath or CudnnMathType.TensorOpMathAllowConversion) speed *= 4;
        return 0.002 + (2 * problem.Products / (peak * speed));
    }

    /// <summary>Milliseconds as Find measures them: the guess, off by up to a factor 2 either way that the seed draws.</summary>
    internal static double Measure(ConvolutionProblem problem, int algorithm, CudnnMathType math, SimulatedGpu gpu, int seed)
    {
        ulong hash = Mix((ulong)(uint)seed, (ulong)problem.Direction, (ulong)algorithm, (ulong)math, (ulong)problem.X.Count, (ulong)problem.W.Count);
        double draw = (hash >> 11) * (1.0 / (1UL << 53));
        return Guess(problem, algorithm, math, gpu) * Math.Pow(2, (2 * draw) - 1);
    }

    /// <summary>The same in every process, unlike HashCode.</summary>
    internal static ulong Mix(params ReadOnlySpan<ulong> values)
    {
        ulong state = 0x9E37_79B9_7F4A_7C15;
        foreach (ulong value in values)
        {
            state = (state ^ value) + 0x9E37_79B9_7F4A_7C15;
            state = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
            state = (state ^ (state >> 27)) * 0x94D0_49BB_1331_11EB;
            state ^= state >> 31;
        }

        return state;
    }

    // Tiles of 4x4 outputs; of 6x6 inputs for 3x3 filters, of 8x8 for 5x5.
    private static long Tiled(TensorShape x, TensorShape y, TensorShape w)
    {
        long tile = (w.H + 3L) * (w.W + 3L), tiles = (long)((y.H + 3) / 4) * ((y.W + 3) / 4) * x.N;
        return tile * (((long)w.N * w.C) + (tiles * (x.C + y.C)));
    }

    private static long Power2(int value) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)value);
}
