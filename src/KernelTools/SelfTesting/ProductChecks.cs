using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>cuBLAS's products in the forms that fully connected layers call them in, and cublasLt's with bias and ReLU, against double precision.</summary>
internal sealed class ProductChecks(CudaLibraries libraries, CudaDeviceOptions options) : CheckGroup
{
    private const string Against = "double precision";

    // A size for the vectors of 16 bytes, and one that fits nothing.
    private static readonly (int Outputs, int Batch, int Inputs)[] s_shapes = [(64, 32, 256), (67, 3, 130)];

    private CudaSession? _session;

    internal override string Name => $"products in {options.Precision}";

    internal override IReadOnlyList<Check> Checks => [.. s_shapes.SelectMany(All)];

    internal override void Open() => _session = new CudaSession(libraries, options);

    public override void Dispose() => _session?.Dispose();

    private IEnumerable<Check> All((int Outputs, int Batch, int Inputs) shape)
    {
        (int o, int n, int i) = shape;
        string size = FormattableString.Invariant($"of {n} x {i} to {o}");
        yield return new Check($"gemm forward {size}", Against, () => [Gemm(new Product(CublasOperation.T, CublasOperation.N, o, n, i))]);
        yield return new Check($"gemm weight gradient {size}", Against, () => [Gemm(new Product(CublasOperation.N, CublasOperation.T, i, o, n), wide: true)]);
        yield return new Check($"gemm input gradient {size}", Against, () => [Gemm(new Product(CublasOperation.N, CublasOperation.N, i, n, o))]);
        yield return new Check($"cublasLt bias {size}", Against, () => [Lt(new LtShape(o, n, i, Relu: false))]);
        yield return new Check($"cublasLt bias relu {size}", Against, () => [Lt(new LtShape(o, n, i, Relu: true))]);
    }

    private unsafe Finding Gemm(Product product, bool wide = false)
    {
        CudaSession session = _session!;
        Storage storage = session.Storage, output = wide ? Storage.Float32 : storage;
        double[] a = Tensors.Uniform((long)product.M * product.K, 1), b = Tensors.Uniform((long)product.K * product.N, 2);
        using CudaContext.Scope scope = session.Enter();
        using var memory = new Operands(session);
        ulong pa = memory.Add(a, storage), pb = memory.Add(b, storage), pc = memory.Empty((long)product.M * product.N, output);
        float one = 1, zero = 0;
        CudaDataType type = CudaSession.TypeOf(storage);
        CublasStatus status = session.Blas.GemmEx(
            session.BlasHandle, product.A, product.B, product.M, product.N, product.K, &one, (void*)pa, type, product.Lda, (void*)pb, type, product.Ldb, &zero,
            (void*)pc, CudaSession.TypeOf(output), product.M, session.ProductType, CublasGemmAlgo.Default);
        session.Check(status, "cublasGemmEx", "checking a product");
        return new Finding(Tensors.LargestError(product.Compute(a, b), memory.Read(pc, (long)product.M * product.N, output)), 4 * Tensors.Level(options.Precision));
    }

    private Finding Lt(LtShape shape)
    {
        CudaSession session = _session!;
        if (session.BlasLt is null) return Finding.NotOffered("there is no cublasLt");
        var product = new Product(CublasOperation.T, CublasOperation.N, shape.M, shape.N, shape.K);
        double[] a = Tensors.Uniform((long)shape.M * shape.K, 1), b = Tensors.Uniform((long)shape.K * shape.N, 2), bias = Tensors.Uniform(shape.M, 3);
        using CudaContext.Scope scope = session.Enter();
        using var memory = new Operands(session);
        ulong pd = memory.Empty((long)shape.M * shape.N, session.Storage);
        using LtProduct? lt = LtProduct.TryCreate(
            session, shape, memory.Add(a, session.Storage), memory.Add(b, session.Storage), memory.Add(bias, session.Storage), pd);
        if (lt is null) return Finding.NotOffered("cublasLt has no algorithm: cuBLAS and a kernel of our own do it");
        lt.Run();
        double[] expected = product.Compute(a, b);
        for (int k = 0; k < expected.Length; k++)
        {
            expected[k] += bias[k % shape.M];
            if (shape.Relu) expected[k] = Math.Max(0, expected[k]);
        }

        return new Finding(Tensors.LargestError(expected, memory.Read(pd, expected.Length, session.Storage)), 4 * Tensors.Level(options.Precision));
    }

    /// <summary>C = op(A) op(B), column-major, without gaps.</summary>
    private readonly record struct Product(CublasOperation A, CublasOperation B, int M, int N, int K)
    {
        internal int Lda => A == CublasOperation.N ? M : K;

        internal int Ldb => B == CublasOperation.N ? K : N;

        internal double[] Compute(double[] a, double[] b)
        {
            var c = new double[M * N];
            for (int n = 0; n < N; n++)
            {
                for (int m = 0; m < M; m++)
                {
                    double sum = 0;
                    for (int k = 0; k < K; k++)
                    {
                        double left = a[A == CublasOperation.N ? m + (k * Lda) : k + (m * Lda)];
                        sum += left * b[B == CublasOperation.N ? k + (n * Ldb) : n + (k * Ldb)];
                    }

                    c[m + (n * M)] = sum;
                }
            }

            return c;
        }
    }
}
