using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

/// <summary>cuBLAS in streams, captures and broken contexts of the simulated driver.</summary>
public sealed unsafe class BlasOnDriverTests
{
    private const int Size = 8;

    [Fact]
    public void A_product_runs_in_its_stream_when_somebody_waits()
    {
        using var machine = new Machine(new SimulatorOptions());
        CUstream stream = machine.Stream();
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Blas.SetStream(machine.Handle, stream));
        Assert.Equal(CublasStatus.Success, machine.Multiply(a, a, c));
        Assert.Equal(CUresult.ErrorNotReady, machine.Cuda.Driver.StreamQuery(stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamSynchronize(stream));
        Assert.Equal(4 * Size, machine.Element(c));
        Assert.Empty(machine.Cuda.Reports);
        Assert.Contains(machine.Cuda.Leaks(), leak => leak.StartsWith("cublasHandle_t", StringComparison.Ordinal));
        Assert.Equal(CublasStatus.Success, machine.Blas.Destroy(machine.Handle));
        Assert.DoesNotContain(machine.Cuda.Leaks(), leak => leak.StartsWith("cublasHandle_t", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_workspace_that_two_streams_share_is_a_hazard(bool shared)
    {
        using var machine = new Machine(new SimulatorOptions { ReportHazards = true });
        ulong a = machine.Matrix(1), c = machine.Matrix(1), d = machine.Matrix(1), workspace = machine.Matrix(0), other = machine.Matrix(0);
        foreach ((ulong result, ulong scratch) in ((ulong, ulong)[])[(c, workspace), (d, shared ? workspace : other)])
        {
            Assert.Equal(CublasStatus.Success, machine.Blas.SetStream(machine.Handle, machine.Stream()));
            Assert.Equal(CublasStatus.Success, machine.Blas.SetWorkspace(machine.Handle, (void*)scratch, 256));
            Assert.Equal(CublasStatus.Success, machine.Multiply(a, a, result));
        }

        Assert.Equal(CUresult.Success, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(shared, machine.Cuda.Reports.Any(report => report.Kind == SimulatorReportKind.Hazard));
        Assert.All(machine.Cuda.Reports, report => Assert.Contains("(workspace)", report.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_captured_product_runs_at_each_launch_of_its_graph()
    {
        using var machine = new Machine(new SimulatorOptions());
        CUstream stream = machine.Stream();
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Blas.SetStream(machine.Handle, stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        Assert.Equal(CublasStatus.Success, machine.Multiply(a, a, c));
        CUgraph graph;
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamEndCapture(stream, &graph));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(5, machine.Element(c));

        CUgraphExec executable;
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.GraphInstantiate(&executable, graph, 0));
        foreach (byte bits in (byte[])[0x40, 0])
        {
            // 0x40404040 is a number between 3 and 4, whose square is between 9 and 16.
            Assert.Equal(CUresult.Success, machine.Cuda.Driver.MemsetD8Async(a, bits, Size * Size * sizeof(float), stream));
            Assert.Equal(CUresult.Success, machine.Cuda.Driver.GraphLaunch(executable, stream));
            Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamSynchronize(stream));
            float expected = BitConverter.UInt32BitsToSingle(bits * 0x0101_0101u);
            Assert.Equal(Size * expected * expected, machine.Element(c), 1e-4f);
        }

        Assert.Empty(machine.Cuda.Reports);
    }

    [Fact]
    public void A_handle_cannot_be_made_during_a_capture_and_spoils_it()
    {
        using var machine = new Machine(new SimulatorOptions());
        CUstream stream = machine.Stream();
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Blas.SetStream(machine.Handle, stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        CublasHandle another;
        Assert.Equal(CublasStatus.AllocFailed, machine.Blas.Create(&another));
        Assert.Equal(CublasStatus.ExecutionFailed, machine.Multiply(a, a, c));
        CUgraph graph;
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, machine.Cuda.Driver.StreamEndCapture(stream, &graph));
        Assert.Equal(CublasStatus.Success, machine.Blas.Create(&another));
    }

    [Theory]
    [InlineData(4096, CUresult.ErrorIllegalAddress)]
    [InlineData(1, CUresult.ErrorMisalignedAddress)]
    public void A_wrong_address_breaks_the_context_late(int offset, CUresult expected)
    {
        using var machine = new Machine(new SimulatorOptions());
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Multiply(a + (ulong)offset, a, c));
        Assert.Contains(machine.Cuda.Reports, report => report.Kind == SimulatorReportKind.Misuse);
        Assert.Equal(expected, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(CublasStatus.ExecutionFailed, machine.Multiply(a, a, c));
        CublasHandle another;
        Assert.Equal(CublasStatus.NotInitialized, machine.Blas.Create(&another));
    }

    [Fact]
    public void A_product_can_fail_on_purpose_when_it_runs()
    {
        using var machine = new Machine(new SimulatorOptions
        {
            Faults = [new InjectedFault("cublasGemmEx", 2, (int)CUresult.ErrorLaunchFailed) { IsLate = true }],
        });
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Multiply(a, a, c));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(CublasStatus.Success, machine.Multiply(a, a, c));
        Assert.Equal(CUresult.ErrorLaunchFailed, machine.Cuda.Driver.CtxSynchronize());
    }

    [Fact]
    public void A_handle_that_is_not_there_gives_its_error()
    {
        using var machine = new Machine(new SimulatorOptions());
        ulong a = machine.Matrix(2), c = machine.Matrix(5);
        Assert.Equal(CublasStatus.Success, machine.Blas.SetStream(machine.Handle, new CUstream(9999)));
        Assert.Equal(CublasStatus.ExecutionFailed, machine.Multiply(a, a, c));
    }

    /// <summary>A machine with a context and a handle of cuBLAS.</summary>
    private sealed class Machine : IDisposable
    {
        public Machine(SimulatorOptions options)
        {
            Cuda = new SimulatedCuda(options);
            CUcontext context;
            CublasHandle handle;
            Blas = new SimulatedCublas(Cuda.Core);
            Assert.Equal(CublasStatus.NotInitialized, Blas.Create(&handle));
            Assert.Equal(CUresult.Success, Cuda.Driver.Init(0));
            Assert.Equal(CUresult.Success, Cuda.Driver.DevicePrimaryCtxRetain(&context, 0));
            Assert.Equal(CUresult.Success, Cuda.Driver.CtxSetCurrent(context));
            Assert.Equal(CublasStatus.Success, Blas.Create(&handle));
            Handle = handle;
        }

        public SimulatedCuda Cuda { get; }

        public SimulatedCublas Blas { get; }

        public CublasHandle Handle { get; }

        public CUstream Stream()
        {
            CUstream stream;
            Assert.Equal(CUresult.Success, Cuda.Driver.StreamCreate(&stream, CUstreamFlags.NonBlocking));
            return stream;
        }

        public ulong Matrix(float value)
        {
            ulong address;
            float[] values = [.. Enumerable.Repeat(value, Size * Size)];
            Assert.Equal(CUresult.Success, Cuda.Driver.MemAlloc(&address, Size * Size * sizeof(float)));
            fixed (float* source = values) Assert.Equal(CUresult.Success, Cuda.Driver.MemcpyHtoD(address, source, Size * Size * sizeof(float)));
            return address;
        }

        public float Element(ulong matrix)
        {
            float value;
            Assert.Equal(CUresult.Success, Cuda.Driver.MemcpyDtoH(&value, matrix, sizeof(float)));
            return value;
        }

        public CublasStatus Multiply(ulong a, ulong b, ulong c)
        {
            float one = 1, zero = 0;
            return Blas.GemmEx(
                Handle, CublasOperation.N, CublasOperation.N, Size, Size, Size, &one, (void*)a, CudaDataType.R32F, Size,
                (void*)b, CudaDataType.R32F, Size, &zero, (void*)c, CudaDataType.R32F, Size, CublasComputeType.Compute32f,
                CublasGemmAlgo.Default);
        }

        public void Dispose() => Cuda.Dispose();
    }
}
