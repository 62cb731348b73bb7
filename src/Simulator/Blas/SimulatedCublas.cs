using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>
/// cuBLAS 12 and 13 as their documentation has them. Where it leaves something open, the answer that is harder on the caller is
/// given, as long as a real library may give it.
/// </summary>
/// <param name="core">The simulated driver.</param>
internal sealed unsafe class SimulatedCublas(ISimulatorCore core) : ICublas
{
    private const int WorkspaceAlignment = 256;

    // A sum this long may be split where the output has 16 bits and nobody forbids it.
    private const int SplitFrom = 512;
    private const int SplitParts = 4;

    private readonly BlasLibrary _library = new(core);
    private int _draws;

    public CublasStatus Create(CublasHandle* handle)
    {
        if (_library.Fails("cublasCreate_v2", "", out CublasStatus status)) return status;
        if (handle is null) return CublasStatus.InvalidValue;
        status = _library.Open(out SimulatedGpu? gpu);
        if (status == CublasStatus.Success) *handle = new CublasHandle(core.NewHandle("cublasHandle_t", new CublasState(gpu!)));
        return status;
    }

    public CublasStatus Destroy(CublasHandle handle)
    {
        if (_library.Fails("cublasDestroy_v2", Arguments(handle), out CublasStatus status)) return status;
        if (_library.Find<CublasState>("cublasDestroy_v2", handle.Value) is not { } state) return CublasStatus.NotInitialized;
        core.Release<CublasState>(handle.Value);
        // An error of the work that is waited for is not the handle's: it is gone all the same.
        core.Drain(state.Stream);
        return CublasStatus.Success;
    }

    public CublasStatus GetVersion(CublasHandle handle, int* version)
    {
        if (_library.Fails("cublasGetVersion_v2", Arguments(handle), out CublasStatus status)) return status;
        // Documented to take no handle too.
        if (handle != default && _library.Find<CublasState>("cublasGetVersion_v2", handle.Value) is null)
            return CublasStatus.NotInitialized;
        if (version is null) return CublasStatus.InvalidValue;
        *version = core.Options.CublasVersion;
        return CublasStatus.Success;
    }

    public CublasStatus GetProperty(LibraryProperty type, int* value) =>
        _library.Property("cublasGetProperty", type, value);

    public byte* GetStatusString(CublasStatus status)
    {
        // No status could come back from a failure on purpose: the call is only counted.
        _ = _library.Fails("cublasGetStatusString", _library.Traces ? $"{status}" : "", out _);
        return BlasLibrary.Text(status);
    }

    public CublasStatus SetStream(CublasHandle handle, CUstream stream)
    {
        if (_library.Fails("cublasSetStream_v2", Arguments(handle, stream.Value), out CublasStatus status)) return status;
        if (_library.Find<CublasState>("cublasSetStream_v2", handle.Value) is not { } state) return CublasStatus.NotInitialized;
        state.Stream = stream;
        state.Workspace = null;
        return CublasStatus.Success;
    }

    public CublasStatus SetWorkspace(CublasHandle handle, void* workspace, nuint bytes)
    {
        if (_library.Fails("cublasSetWorkspace_v2", Arguments(handle, bytes), out CublasStatus status)) return status;
        if (_library.Find<CublasState>("cublasSetWorkspace_v2", handle.Value) is not { } state) return CublasStatus.NotInitialized;
        if ((nuint)workspace % WorkspaceAlignment != 0 || (workspace is null && bytes > 0) || bytes > (nuint)nint.MaxValue)
            return CublasStatus.InvalidValue;
        if (bytes > 0 && !core.Holds((ulong)workspace, (long)bytes))
            core.Report("cublasSetWorkspace_v2: the workspace is not in live device memory");
        // With 0 bytes there is none, and the library's own is not taken either.
        state.Workspace = new Workspace((ulong)workspace, (long)bytes);
        return CublasStatus.Success;
    }

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode)
    {
        if (_library.Fails("cublasSetMathMode", Arguments(handle, mode), out CublasStatus status)) return status;
        if (_library.Find<CublasState>("cublasSetMathMode", handle.Value) is not { } state) return CublasStatus.NotInitialized;
        if (!ProductPrecision.IsKnown(mode)) return CublasStatus.InvalidValue;
        state.MathMode = mode;
        return CublasStatus.Success;
    }

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode)
    {
        if (_library.Fails("cublasSetAtomicsMode", Arguments(handle, mode), out CublasStatus status)) return status;
        if (_library.Find<CublasState>("cublasSetAtomicsMode", handle.Value) is not { } state) return CublasStatus.NotInitialized;
        if (mode is not (CublasAtomicsMode.NotAllowed or CublasAtomicsMode.Allowed)) return CublasStatus.InvalidValue;
        state.AtomicsMode = mode;
        return CublasStatus.Success;
    }

    public CublasStatus GemmEx(
        CublasHandle handle,
        CublasOperation transA,
        CublasOperation transB,
        int m,
        int n,
        int k,
        void* alpha,
        void* a,
        CudaDataType aType,
        int lda,
        void* b,
        CudaDataType bType,
        int ldb,
        void* beta,
        void* c,
        CudaDataType cType,
        int ldc,
        CublasComputeType computeType,
        CublasGemmAlgo algorithm)
    {
        const string Function = "cublasGemmEx";
        string arguments = _library.Traces
            ? $"{BlasLibrary.Name(handle.Value)}, {transA}, {transB}, {m}, {n}, {k}, {aType}, {lda}, {bType}, {ldb}, {cType}, {ldc}, "
                + $"{computeType}, {(int)algorithm}"
            : "";
        if (_library.Fails(Function, arguments, out CublasStatus status)) return status;
        if (_library.Find<CublasState>(Function, handle.Value) is not { } state) return CublasStatus.NotInitialized;
        if (!IsOperation(transA) || !IsOperation(transB) || m < 0 || n < 0 || k < 0) return CublasStatus.InvalidValue;
        bool transposeA = transA != CublasOperation.N, transposeB = transB != CublasOperation.N;
        if (lda < Math.Max(1, transposeA ? k : m) || ldb < Math.Max(1, transposeB ? n : k) || ldc < Math.Max(1, m))
            return CublasStatus.InvalidValue;
        if (aType.Kind() is not { } kindA || bType.Kind() is not { } kindB || cType.Kind() is not { } kindC)
            return CublasStatus.NotSupported;
        if (!DataTypes.IsInTable(computeType, kindA, kindB, kindC) || !IsAlgorithm(algorithm) || !Has(state.Gpu, kindA))
            return CublasStatus.NotSupported;
        status = _library.Ready(Function, state.Gpu);
        if (status != CublasStatus.Success) return status;
        if (m == 0 || n == 0) return CublasStatus.Success;
        if (alpha is null || beta is null || c is null) return CublasStatus.InvalidValue;

        bool mayRound = kindC != ElementKind.Float32 && ProductPrecision.MayReduceRounded(computeType, state.MathMode);
        var matrixC = new Matrix("C", (ulong)c, kindC, m, n, ldc);
        var product = new MatrixProduct
        {
            A = new Matrix("A", (ulong)a, kindA, transposeA ? k : m, transposeA ? m : k, lda),
            B = new Matrix("B", (ulong)b, kindB, transposeB ? n : k, transposeB ? k : n, ldb),
            C = matrixC,
            D = matrixC,
            TransposeA = transposeA,
            TransposeB = transposeB,
            K = k,
            Alpha = *(float*)alpha,
            Beta = *(float*)beta,
            Precision = ProductPrecision.Of(computeType, kindA, state.MathMode, state.Gpu.Architecture, core.Options.Tf32Override),
            Parts = mayRound && k >= SplitFrom ? SplitParts : 1,
            Partial = mayRound ? kindC : ElementKind.Float32,
        };
        if (product.ReadsFactors && (a is null || b is null)) return CublasStatus.InvalidValue;
        bool varies = state.AtomicsMode == CublasAtomicsMode.Allowed || state.SharesPool();
        var launch = new ProductLaunch(_library, Function, product, state.Workspace ?? default)
        {
            Draw = varies && core.Options.Seed != 0 ? Interlocked.Increment(ref _draws) : null,
        };
        return launch.Submit(state.Stream);
    }

    private string Arguments(CublasHandle handle) => _library.Traces ? BlasLibrary.Name(handle.Value) : "";

    private string Arguments(CublasHandle handle, nint stream) => _library.Traces ? BlasLibrary.Names(handle.Value, stream) : "";

    private string Arguments<T>(CublasHandle handle, T value) => _library.Traces ? $"{BlasLibrary.Name(handle.Value)}, {value}" : "";

    // CUBLAS_OP_C (2) of a real matrix is its transpose.
    private static bool IsOperation(CublasOperation operation) => (int)operation is >= 0 and <= 2;

    // The default, the numbered ones, the default with tensor cores and its numbered ones: hints, of no effect on new GPUs.
    private static bool IsAlgorithm(CublasGemmAlgo algorithm) => (int)algorithm is -1 or (>= 0 and <= 23) or (>= 99 and <= 115);

    /// <summary>
    /// bfloat16 is of compute capability 8.0; since CUDA 11 the library computes it on Volta and Turing too, by other means, but not
    /// on Pascal. half goes everywhere when sums are in float32.
    /// </summary>
    private static bool Has(SimulatedGpu gpu, ElementKind kind) => kind != ElementKind.BFloat16 || gpu.Architecture >= 70;

    /// <summary>What a handle remembers.</summary>
    private sealed class CublasState(SimulatedGpu gpu)
    {
        private readonly HashSet<CUstream> _pooled = [];

        public SimulatedGpu Gpu { get; } = gpu;

        public CUstream Stream { get; set; }

        /// <summary>The caller's workspace; null: the library's own, which nobody else can see.</summary>
        public Workspace? Workspace { get; set; }

        public CublasMath MathMode { get; set; }

        public CublasAtomicsMode AtomicsMode { get; set; }

        /// <summary>
        /// Whether work of several streams takes its memory from the library's own pool: results then depend on what the pool has
        /// at hand, and are the same in every run only for a workspace of the caller's, or one handle a stream.
        /// </summary>
        public bool SharesPool()
        {
            if (Workspace is not null) return false;
            _pooled.Add(Stream);
            return _pooled.Count > 1;
        }
    }
}
