using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>cuDNN on the simulated driver: streams, captures, faults, hazards, leaks.</summary>
public sealed unsafe class DnnOnTheDriverTests
{
    private const int Bytes = 4 * 4 * 4;

    /// <summary>A 1x1 convolution of a 4x4 picture by the factor 1, on a machine of its own.</summary>
    private sealed class Machine : IDisposable
    {
        internal Machine(SimulatorOptions? options = null)
        {
            Cuda = new SimulatedCuda(options);
            Assert.Equal(CUresult.Success, Cuda.Driver.Init(0));
            Start();
            Dnn = new SimulatedCudnn(Cuda.Core);
            var picture = new TensorShape(CudnnDataType.Float, CudnnTensorFormat.Nchw, 1, 1, 4, 4);
            CudnnTensorDescriptor tensor;
            DnnLab.Ok(Dnn.CreateTensorDescriptor(&tensor));
            DnnLab.Ok(Dnn.SetTensor4dDescriptor(tensor, picture.Format, picture.Type, 1, 1, 4, 4));
            CudnnFilterDescriptor filter;
            DnnLab.Ok(Dnn.CreateFilterDescriptor(&filter));
            DnnLab.Ok(Dnn.SetFilter4dDescriptor(filter, picture.Type, picture.Format, 1, 1, 1, 1));
            CudnnConvolutionDescriptor convolution;
            DnnLab.Ok(Dnn.CreateConvolutionDescriptor(&convolution));
            DnnLab.Ok(Dnn.SetConvolution2dDescriptor(convolution, 0, 0, 1, 1, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Float));
            (Tensor, Filter, Convolution, Handle) = (tensor, filter, convolution, MakeHandle());
            (X, W, Y) = (Allocate(Bytes), Allocate(4), Allocate(Bytes));
            Assert.Equal(CUresult.Success, Cuda.Driver.MemsetD32Async(X, 0x4000_0000, 16, default));
            Assert.Equal(CUresult.Success, Cuda.Driver.MemsetD32Async(W, 0x3F80_0000, 1, default));
            Assert.Equal(CUresult.Success, Cuda.Driver.CtxSynchronize());
        }

        internal SimulatedCuda Cuda { get; }

        internal SimulatedCudnn Dnn { get; }

        internal CudnnHandle Handle { get; set; }

        internal CudnnTensorDescriptor Tensor { get; }

        internal CudnnFilterDescriptor Filter { get; }

        internal CudnnConvolutionDescriptor Convolution { get; }

        internal ulong X { get; }

        internal ulong W { get; }

        internal ulong Y { get; }

        internal void Start()
        {
            CUcontext context;
            Assert.Equal(CUresult.Success, Cuda.Driver.DevicePrimaryCtxRetain(&context, 0));
            Assert.Equal(CUresult.Success, Cuda.Driver.CtxSetCurrent(context));
        }

        internal CudnnHandle MakeHandle()
        {
            CudnnHandle handle;
            DnnLab.Ok(Dnn.Create(&handle));
            return handle;
        }

        internal ulong Allocate(int bytes)
        {
            ulong address;
            Assert.Equal(CUresult.Success, Cuda.Driver.MemAlloc(&address, (nuint)bytes));
            return address;
        }

        internal CUstream Stream(bool blocking = false)
        {
            CUstream stream;
            Assert.Equal(CUresult.Success, Cuda.Driver.StreamCreate(&stream, blocking ? CUstreamFlags.Default : CUstreamFlags.NonBlocking));
            return stream;
        }

        internal CudnnStatus Run(ulong x, ulong y)
        {
            float one = 1, zero = 0;
            return Dnn.ConvolutionForward(
                Handle, &one, Tensor, (void*)x, Filter, (void*)W, Convolution, CudnnConvolutionFwdAlgo.ImplicitGemm, null, 0, &zero, Tensor, (void*)y);
        }

        internal CudnnStatus Find()
        {
            int returned;
            CudnnConvolutionFwdAlgoPerf result;
            return Dnn.FindConvolutionForwardAlgorithm(
                Handle, Tensor, (void*)X, Filter, (void*)W, Convolution, Tensor, (void*)Y, 1, &returned, &result, null, 0);
        }

        internal float FirstOfY()
        {
            float value;
            Assert.Equal(CUresult.Success, Cuda.Driver.MemcpyDtoH(&value, Y, 4));
            return value;
        }

        public void Dispose() => Cuda.Dispose();
    }

    [Fact]
    public void It_works_in_the_stream_it_was_given()
    {
        using var machine = new Machine();
        CUstream stream = machine.Stream();
        DnnLab.Ok(machine.Dnn.SetStream(machine.Handle, stream));
        DnnLab.Ok(machine.Run(machine.X, machine.Y));
        Assert.Equal(CUresult.ErrorNotReady, machine.Cuda.Driver.StreamQuery(stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamSynchronize(stream));
        Assert.Equal(2, machine.FirstOfY());
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamDestroy(stream));
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Run(machine.X, machine.Y));
        Assert.Empty(machine.Cuda.Reports);
    }

    [Fact]
    public void A_capture_takes_a_convolution_and_is_spoilt_by_find()
    {
        using var machine = new Machine();
        CUstream stream = machine.Stream();
        CUgraph graph;
        DnnLab.Ok(machine.Dnn.SetStream(machine.Handle, stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        DnnLab.Ok(machine.Run(machine.X, machine.Y));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamEndCapture(stream, &graph));
        Assert.True(float.IsNaN(machine.FirstOfY()));
        CUgraphExec executable;
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.GraphInstantiate(&executable, graph, 0));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.GraphLaunch(executable, stream));
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamSynchronize(stream));
        Assert.Equal(2, machine.FirstOfY());

        Assert.Equal(CUresult.Success, machine.Cuda.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Find());
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Run(machine.X, machine.Y));
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, machine.Cuda.Driver.StreamEndCapture(stream, &graph));
        DnnLab.Ok(machine.Find());
    }

    [Fact]
    public void A_fault_surfaces_late_and_sticks_until_the_context_is_reset()
    {
        using var machine = new Machine();
        ulong gone = machine.Allocate(Bytes);
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.MemFree(gone));
        DnnLab.Ok(machine.Run(gone, machine.Y));
        Assert.Contains(machine.Cuda.Reports, r => r.Text.Contains("x (64 bytes) is not within live memory", StringComparison.Ordinal));
        Assert.Equal(CUresult.ErrorIllegalAddress, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Run(machine.X, machine.Y));
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Find());
        CudnnHandle handle;
        Assert.Equal(CudnnStatus.NotInitialized, machine.Dnn.Create(&handle));
        DnnLab.Ok(machine.Dnn.Destroy(machine.Handle));
        DnnLab.Ok(machine.Dnn.DestroyTensorDescriptor(machine.Tensor));
        DnnLab.Ok(machine.Dnn.DestroyFilterDescriptor(machine.Filter));
        DnnLab.Ok(machine.Dnn.DestroyConvolutionDescriptor(machine.Convolution));
        Assert.DoesNotContain(machine.Cuda.Leaks(), leak => leak.StartsWith("cudnn", StringComparison.Ordinal));

        Assert.Equal(CUresult.Success, machine.Cuda.Driver.DevicePrimaryCtxReset(0));
        machine.Start();
        DnnLab.Ok(machine.Dnn.Destroy(machine.MakeHandle()));
    }

    [Fact]
    public void Work_fails_on_purpose_when_it_runs()
    {
        using var machine = new Machine(new SimulatorOptions
        {
            Faults = [new InjectedFault("cudnnConvolutionForward", 1, (int)CUresult.ErrorLaunchFailed) { IsLate = true }],
        });
        DnnLab.Ok(machine.Run(machine.X, machine.Y));
        Assert.Equal(CUresult.ErrorLaunchFailed, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Run(machine.X, machine.Y));
    }

    [Fact]
    public void A_call_breaks_the_context_on_purpose()
    {
        using var machine = new Machine(new SimulatorOptions
        {
            Faults = [new InjectedFault("cudnnConvolutionForward", 2, (int)CudnnStatus.ExecutionFailed) { BreaksContextWith = (int)CUresult.ErrorIllegalAddress }],
        });
        DnnLab.Ok(machine.Run(machine.X, machine.Y));
        Assert.Equal(CudnnStatus.ExecutionFailed, machine.Run(machine.X, machine.Y));
        Assert.Equal(CUresult.ErrorIllegalAddress, machine.Cuda.Driver.CtxSynchronize());
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.DevicePrimaryCtxReset(0));
        machine.Start();
        Assert.Equal(CUresult.Success, machine.Cuda.Driver.CtxSynchronize());
    }

    [Fact]
    public void Two_streams_that_write_the_same_output_are_a_hazard()
    {
        using var machine = new Machine(new SimulatorOptions { ReportHazards = true });
        foreach (CUstream stream in new[] { machine.Stream(), machine.Stream() })
        {
            DnnLab.Ok(machine.Dnn.SetStream(machine.Handle, stream));
            DnnLab.Ok(machine.Run(machine.X, machine.Y));
        }

        Assert.Equal(CUresult.Success, machine.Cuda.Driver.CtxSynchronize());
        Assert.NotEmpty(machine.Cuda.Reports);
    }

    [Fact]
    public void What_is_not_destroyed_is_listed()
    {
        using var machine = new Machine();
        foreach (string kind in new[] { "cudnnHandle_t", "cudnnTensorDescriptor_t", "cudnnFilterDescriptor_t", "cudnnConvolutionDescriptor_t" })
            Assert.Contains(machine.Cuda.Leaks(), leak => leak.StartsWith(kind, StringComparison.Ordinal));
    }
}
