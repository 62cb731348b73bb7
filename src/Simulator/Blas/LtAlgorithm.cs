using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>How a product is computed.</summary>
/// <param name="UsesTensorCores">Whether by tensor cores, which read 16 bytes at a time; else each element by itself.</param>
/// <param name="Parts">Into how many parts the sums are split.</param>
/// <param name="Reduction">Where the parts' sums are kept.</param>
/// <param name="Signature">What it is made for.</param>
/// <param name="Architecture">The GPU it is made for.</param>
internal readonly record struct LtAlgorithm(bool UsesTensorCores, int Parts, LtReduction Reduction, ulong Signature, int Architecture)
{
    /// <summary>What addresses and leading dimensions are aligned to where tensor cores read them, in bytes.</summary>
    public const int TensorAlignment = 16;

    private const ulong Mark = 0x414C_474F_0000_0000;
    private const long Counters = 4096;
    private const int TileSize = 128;

    /// <summary>The workspace it takes for a product.</summary>
    public long WorkspaceBytes(LtProblem problem) => Reduction switch
    {
        LtReduction.ComputeType => Parts * problem.D.Rows * problem.D.Columns * sizeof(float),
        LtReduction.OutputType => Parts * problem.D.Rows * problem.D.Columns * problem.D.Kind.Size(),
        LtReduction.InPlace => Counters,
        _ => 0,
    };

    /// <summary>What the sums of its parts are kept as.</summary>
    public ElementKind Partial(LtProblem problem) =>
        Reduction is LtReduction.InPlace or LtReduction.OutputType ? problem.D.Kind : ElementKind.Float32;

    /// <summary>How often its blocks fill a GPU.</summary>
    public float Waves(LtProblem problem, SimulatedGpu gpu)
    {
        long tiles = ((problem.D.Rows + TileSize - 1) / TileSize) * ((problem.D.Columns + TileSize - 1) / TileSize);
        return (float)(tiles * Parts) / gpu.Multiprocessors;
    }

    /// <summary>The 64 bytes that stand for it in one version of the library.</summary>
    public unsafe CublasLtMatmulAlgo Encode(int version)
    {
        CublasLtMatmulAlgo bytes = default;
        bytes.Data[0] = Mark | (uint)version;
        bytes.Data[1] = (UsesTensorCores ? 1UL : 0) | (ulong)Parts << 8 | (ulong)Reduction << 16 | (ulong)Architecture << 32;
        bytes.Data[2] = Signature;
        bytes.Data[7] = Sum(bytes);
        return bytes;
    }

    /// <summary>What 64 bytes stand for; null for those of another version, of nobody, or changed.</summary>
    public static unsafe LtAlgorithm? Decode(CublasLtMatmulAlgo bytes, int version)
    {
        if (bytes.Data[0] != (Mark | (uint)version) || bytes.Data[7] != Sum(bytes)) return null;
        ulong settings = bytes.Data[1];
        var reduction = (LtReduction)(byte)(settings >> 16);
        return new LtAlgorithm((settings & 1) != 0, (byte)(settings >> 8), reduction, bytes.Data[2], (int)(settings >> 32));
    }

    private static unsafe ulong Sum(CublasLtMatmulAlgo bytes)
    {
        ulong sum = 14_695_981_039_346_656_037;
        for (var i = 0; i < 7; i++) sum = (sum ^ bytes.Data[i]) * 1_099_511_628_211;
        return sum;
    }
}
