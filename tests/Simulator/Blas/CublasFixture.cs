using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

/// <summary>A simulated cuBLAS with a handle.</summary>
internal sealed unsafe class CublasFixture : IDisposable
{
    internal CublasFixture(SimulatorOptions? options = null)
    {
        Core = new QueueCore(options ?? new SimulatorOptions());
        Blas = new SimulatedCublas(Core);
        CublasHandle handle;
        Assert.Equal(CublasStatus.Success, Blas.Create(&handle));
        Handle = handle;
    }

    internal QueueCore Core { get; }

    internal SimulatedCublas Blas { get; }

    internal CublasHandle Handle { get; }

    internal DeviceMatrix Matrix(CudaDataType type, int rows, int columns, int padding = 0, int offset = 0, int seed = 0) =>
        new(Core.Memory, type, rows, columns, padding, offset, seed);

    internal CublasStatus Gemm(
        DeviceMatrix a,
        DeviceMatrix b,
        DeviceMatrix c,
        float alpha = 1,
        float beta = 0,
        bool transposeA = false,
        bool transposeB = false,
        CublasComputeType compute = CublasComputeType.Compute32f) =>
        Blas.GemmEx(
            Handle,
            transposeA ? CublasOperation.T : CublasOperation.N,
            transposeB ? CublasOperation.T : CublasOperation.N,
            c.Rows,
            c.Columns,
            transposeA ? a.Rows : a.Columns,
            &alpha,
            a.Pointer,
            a.Type,
            a.LeadingDimension,
            b.Pointer,
            b.Type,
            b.LeadingDimension,
            &beta,
            c.Pointer,
            c.Type,
            c.LeadingDimension,
            compute,
            CublasGemmAlgo.Default);

    /// <summary>Multiplies and waits.</summary>
    internal float[,] Product(
        DeviceMatrix a,
        DeviceMatrix b,
        DeviceMatrix c,
        float alpha = 1,
        float beta = 0,
        bool transposeA = false,
        bool transposeB = false,
        CublasComputeType compute = CublasComputeType.Compute32f)
    {
        Assert.Equal(CublasStatus.Success, Gemm(a, b, c, alpha, beta, transposeA, transposeB, compute));
        Core.DrainAll();
        return c.Values();
    }

    internal void SetStream(nint stream) => Assert.Equal(CublasStatus.Success, Blas.SetStream(Handle, new CUstream(stream)));

    internal unsafe void SetWorkspace(ulong workspace, nuint bytes) =>
        Assert.Equal(CublasStatus.Success, Blas.SetWorkspace(Handle, (void*)workspace, bytes));

    public void Dispose() => Core.Dispose();
}

/// <summary>Products in double precision.</summary>
internal static class ExactProduct
{
    internal static double[,] Of(
        DeviceMatrix a,
        DeviceMatrix b,
        float[,] c,
        double alpha = 1,
        double beta = 0,
        bool transposeA = false,
        bool transposeB = false,
        Func<float, float>? rounded = null)
    {
        Func<float, float> round = rounded ?? (value => value);
        int m = c.GetLength(0), n = c.GetLength(1), k = transposeA ? a.Rows : a.Columns;
        var result = new double[m, n];
        for (var j = 0; j < n; j++)
        {
            for (var i = 0; i < m; i++)
            {
                double sum = 0;
                for (var p = 0; p < k; p++)
                    sum += (double)round(transposeA ? a[p, i] : a[i, p]) * round(transposeB ? b[j, p] : b[p, j]);
                result[i, j] = (alpha * sum) + (beta == 0 ? 0 : beta * c[i, j]);
            }
        }

        return result;
    }

    internal static void AssertNear(double[,] expected, float[,] actual, double tolerance)
    {
        for (var j = 0; j < expected.GetLength(1); j++)
        {
            for (var i = 0; i < expected.GetLength(0); i++)
            {
                double limit = tolerance * (1 + Math.Abs(expected[i, j]));
                Assert.True(Math.Abs(expected[i, j] - actual[i, j]) <= limit, $"[{i}, {j}]: expected {expected[i, j]}, got {actual[i, j]}");
            }
        }
    }
}
