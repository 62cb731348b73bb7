using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using Xunit;

namespace AlexNetCuda.Interop.Tests.Owners;

/// <summary>What owners ask of the libraries, call by call: the context is current when something is destroyed, and nothing is left behind.</summary>
public sealed class OwnerTests
{
    private readonly RecordingDriver _driver = new();

    public static TheoryData<string> Kinds => ["stream", "event", "memory", "pinned", "module", "graph", "executable", "cublas", "cublasLt", "cudnn"];

    [Fact]
    public void A_context_is_retained_once_and_given_back_once()
    {
        var context = CudaContext.Open(_driver, 1, CUctxFlags.SchedSpin);
        Assert.Equal(["cuInit 0", "cuDeviceGet 1", "cuDevicePrimaryCtxSetFlags_v2 71 SchedSpin", "cuDevicePrimaryCtxRetain 71"], _driver.Take());
        using (context.Enter())
        {
            Assert.Equal(["cuCtxPushCurrent_v2 1"], _driver.Take());
        }

        Assert.Equal(["cuCtxPopCurrent_v2"], _driver.Take());
        context.Synchronize();
        Assert.Equal(["cuCtxPushCurrent_v2 1", "cuCtxSynchronize", "cuCtxPopCurrent_v2"], _driver.Take());
        context.Dispose();
        context.Dispose();
        Assert.Equal(["cuDevicePrimaryCtxRelease_v2 71"], _driver.Take());
        Assert.Throws<ObjectDisposedException>(() => context.Enter().Dispose());
    }

    [Fact]
    public void A_context_that_is_in_use_already_keeps_its_flags()
    {
        _driver.Statuses["cuDevicePrimaryCtxSetFlags_v2"] = CUresult.ErrorPrimaryContextActive;
        CudaContext.Open(_driver, 0).Dispose();
        Assert.Contains("cuDevicePrimaryCtxRetain 70", _driver.Calls);
    }

    [Theory]
    [InlineData("cuInit", CUresult.ErrorNoDevice)]
    [InlineData("cuDeviceGet", CUresult.ErrorInvalidDevice)]
    [InlineData("cuDevicePrimaryCtxSetFlags_v2", CUresult.ErrorInvalidValue)]
    [InlineData("cuDevicePrimaryCtxRetain", CUresult.ErrorOutOfMemory)]
    public void A_context_that_cannot_be_opened_leaves_nothing_behind(string function, CUresult status)
    {
        _driver.Statuses[function] = status;
        var exception = Assert.Throws<CudaException>(() => CudaContext.Open(_driver, 0));
        Assert.Equal((function, (int)status), (exception.Function, exception.Status));
        Assert.Equal(function, _driver.Calls[^1].Split(' ')[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_owned_is_destroyed_once_in_its_context(string kind)
    {
        using var context = CudaContext.Open(_driver, 0);
        var owned = Make(kind, context, out var destroy);
        _driver.Take();
        owned.Dispose();
        Assert.Equal(["cuCtxPushCurrent_v2 1", destroy, "cuCtxPopCurrent_v2"], _driver.Take());
        owned.Dispose();
        Assert.Empty(_driver.Take());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_context_outlives_what_is_in_it(string kind)
    {
        var context = CudaContext.Open(_driver, 0);
        var owned = Make(kind, context, out _);
        context.Dispose();
        Assert.DoesNotContain("cuDevicePrimaryCtxRelease_v2 70", _driver.Take());
        owned.Dispose();
        Assert.Equal("cuDevicePrimaryCtxRelease_v2 70", _driver.Take()[^1]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void At_the_end_of_the_process_nothing_is_destroyed_and_nothing_is_said(string kind)
    {
        var context = CudaContext.Open(_driver, 0);
        var owned = Make(kind, context, out var destroy);
        _driver.Statuses["cuCtxPushCurrent_v2"] = CUresult.ErrorDeinitialized;
        _driver.Statuses["cuDevicePrimaryCtxRelease_v2"] = CUresult.ErrorDeinitialized;
        owned.Dispose();
        context.Dispose();
        Assert.DoesNotContain(destroy, _driver.Calls);
    }

    [Theory]
    [InlineData(CUresult.ErrorDeinitialized)]
    [InlineData(CUresult.ErrorIllegalAddress)]
    [InlineData(CUresult.ErrorLaunchFailed)]
    [InlineData(CUresult.ErrorContextIsDestroyed)]
    public void What_a_lost_context_held_needs_no_destroying(CUresult lost)
    {
        using var context = CudaContext.Open(_driver, 0);
        var memory = DeviceAllocation.Create(context, 16, "a test");
        _driver.Statuses["cuMemFree_v2"] = lost;
        memory.Dispose();
        Assert.Equal("cuCtxPopCurrent_v2", _driver.Calls[^1]);
    }

    [Theory]
    [InlineData(CUresult.ErrorIllegalAddress, false)]
    [InlineData(CUresult.Success, true)]
    public void A_handle_that_cannot_be_destroyed_is_reported_unless_the_context_is_lost(CUresult context, bool isReported)
    {
        using var owner = CudaContext.Open(_driver, 0);
        var blas = CublasContext.Create(owner, new RecordingCublas(_driver) { Statuses = { ["cublasDestroy_v2"] = CublasStatus.InternalError } });
        var light = CublasLtContext.Create(owner, new RecordingCublasLt(_driver) { Statuses = { ["cublasLtDestroy"] = CublasStatus.InternalError } });
        var dnn = CudnnContext.Create(owner, new RecordingCudnn(_driver) { Statuses = { ["cudnnDestroy"] = CudnnStatus.InternalError } });
        _driver.Statuses["cuCtxSynchronize"] = context;
        Assert.All([blas, light, dnn], (IDisposable one) => Assert.Equal(isReported, Record.Exception(one.Dispose) is CudaException));
    }

    [Fact]
    public void Another_failure_to_destroy_is_reported_and_the_context_is_left_all_the_same()
    {
        var context = CudaContext.Open(_driver, 0);
        var memory = DeviceAllocation.Create(context, 16, "a test");
        _driver.Statuses["cuMemFree_v2"] = CUresult.ErrorInvalidValue;
        Assert.Equal("cuMemFree_v2", Assert.Throws<CudaException>(memory.Dispose).Function);
        Assert.Equal("cuCtxPopCurrent_v2", _driver.Calls[^1]);
        context.Dispose();
        Assert.Equal("cuDevicePrimaryCtxRelease_v2 70", _driver.Calls[^1]);
    }

    [Theory]
    [InlineData("stream", "cuStreamCreate")]
    [InlineData("event", "cuEventCreate")]
    [InlineData("memory", "cuMemAlloc_v2")]
    [InlineData("pinned", "cuMemHostAlloc")]
    [InlineData("module", "cuModuleLoadDataEx")]
    public void What_cannot_be_made_leaves_nothing_behind(string kind, string function)
    {
        var context = CudaContext.Open(_driver, 0);
        _driver.Take();
        _driver.Statuses[function] = CUresult.ErrorOutOfMemory;
        var exception = Assert.Throws<CudaException>(() => Make(kind, context, out _));
        Assert.Equal((function, 2), (exception.Function, exception.Status));
        Assert.Equal(["cuCtxPushCurrent_v2", function, "cuCtxPopCurrent_v2"], _driver.Take().Select(call => call.Split(' ')[0]));
        context.Dispose();
        Assert.Equal(["cuDevicePrimaryCtxRelease_v2 70"], _driver.Take());
    }

    [Fact]
    public void The_message_says_what_failed_how_and_at_what()
    {
        using var context = CudaContext.Open(_driver, 0);
        _driver.Statuses["cuMemAlloc_v2"] = CUresult.ErrorOutOfMemory;
        var exception = Assert.Throws<CudaException>(() => DeviceAllocation.Create(context, 1234, "the workspace"));
        Assert.Equal("cuMemAlloc_v2 gave 2 (TEXT: TEXT) when allocating 1234 bytes of device memory for the workspace.", exception.Message);
        Assert.Equal("TEXT", exception.StatusName);
        var blas = new RecordingCublas(_driver) { Statuses = { ["cublasCreate_v2"] = CublasStatus.NotInitialized } };
        Assert.Equal(
            "cublasCreate_v2 gave 1 (CUBLAS_STATUS_NOT_INITIALIZED: TEXT) when making a handle of cuBLAS.",
            Assert.Throws<CudaException>(() => CublasContext.Create(context, blas)).Message);
        var dnn = new RecordingCudnn(_driver) { Statuses = { ["cudnnCreate"] = CudnnStatus.NotInitialized } };
        Assert.Equal("cudnnCreate gave 1001 (TEXT) when making a handle of cuDNN.", Assert.Throws<CudaException>(() => CudnnContext.Create(context, dnn)).Message);
    }

    [Fact]
    public void A_check_of_a_success_allocates_nothing()
    {
        ICudaDriver driver = _driver;
        Check(driver, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Check(driver, i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Check(ICudaDriver driver, int number)
        {
            driver.Check(CUresult.Success, "cuMemAlloc_v2", $"allocating {number} bytes for {driver}");
            driver.Check(CUresult.Success, "cuMemAlloc_v2", "allocating");
        }
    }

    [Fact]
    public void Kernels_that_do_not_load_are_reported_with_the_compilers_log()
    {
        using var context = CudaContext.Open(_driver, 0);
        _driver.Statuses["cuModuleLoadDataEx"] = CUresult.ErrorInvalidPtx;
        _driver.CompilerLog = "ptxas application ptx input, line 9; error : Unknown symbol\n";
        var exception = Assert.Throws<CudaException>(() => CudaModule.Load(context, "lrn", ".version 7.5"u8));
        Assert.EndsWith("when loading the kernels 'lrn'; the compiler says: ptxas application ptx input, line 9; error : Unknown symbol.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ptx_reaches_the_driver_with_its_closing_zero_and_kernels_are_found_by_name()
    {
        using var context = CudaContext.Open(_driver, 0);
        using var module = CudaModule.Load(context, "lrn", ".version 7.5"u8);
        Assert.Contains("cuModuleLoadDataEx .version 7.5", _driver.Take());
        Assert.Equal(new CUfunction(3), module.GetFunction("lrn_forward"));
        Assert.Equal(["cuModuleGetFunction 2 lrn_forward"], _driver.Take());
        _driver.Statuses["cuModuleGetFunction"] = CUresult.ErrorNotFound;
        Assert.Contains("looking for the kernel 'none' in 'lrn'", Assert.Throws<CudaException>(() => module.GetFunction("none")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Streams_events_and_graphs_forward_to_the_driver()
    {
        using var context = CudaContext.Open(_driver, 0);
        using var stream = CudaStream.Create(context);
        using var start = CudaEvent.Create(context);
        using var end = CudaEvent.Create(context, CUeventFlags.BlockingSync);
        Assert.Contains("cuStreamCreate NonBlocking", _driver.Calls);
        Assert.Contains("cuEventCreate BlockingSync", _driver.Take());
        start.Record(stream);
        stream.WaitFor(start);
        end.Synchronize();
        stream.Synchronize();
        Assert.Equal(1.5f, end.MillisecondsSince(start));
        Assert.True(stream.IsDone && end.IsDone);
        _driver.Statuses["cuStreamQuery"] = _driver.Statuses["cuEventQuery"] = CUresult.ErrorNotReady;
        Assert.False(stream.IsDone || end.IsDone);
        Assert.Equal(
            [
                "cuEventRecord 3 2", "cuStreamWaitEvent 2 3 0", "cuEventSynchronize 4", "cuStreamSynchronize 2", "cuEventElapsedTime 3 4",
                "cuStreamQuery 2", "cuEventQuery 4", "cuStreamQuery 2", "cuEventQuery 4",
            ],
            _driver.Take());

        stream.BeginCapture();
        using var graph = stream.EndCapture();
        Assert.Equal([CUgraphNodeType.Kernel, CUgraphNodeType.Memset], graph.GetNodeTypes());
        using var executable = graph.Instantiate();
        executable.Upload(stream);
        executable.Launch(stream);
        Assert.Equal(CUgraphExecUpdateResult.Success, executable.Update(graph));
        _driver.Statuses["cuGraphExecUpdate_v2"] = CUresult.ErrorGraphExecUpdateFailure;
        Assert.Equal(CUgraphExecUpdateResult.ErrorTopologyChanged, executable.Update(graph));
        Assert.Equal(
            [
                "cuStreamBeginCapture_v2 2 ThreadLocal", "cuStreamEndCapture 2", "cuGraphGetNodes 5", "cuGraphGetNodes 5", "cuGraphNodeGetType 500", "cuGraphNodeGetType 501",
                "cuGraphInstantiateWithFlags 5 0", "cuGraphUpload 6 2", "cuGraphLaunch 6 2", "cuGraphExecUpdate_v2 6 5", "cuGraphExecUpdate_v2 6 5",
            ],
            _driver.Take());
    }

    [Fact]
    public void Cublas_gets_its_workspace_again_whenever_its_stream_is_set()
    {
        using var context = CudaContext.Open(_driver, 0);
        using var blas = CublasContext.Create(context, new RecordingCublas(_driver));
        _driver.Take();
        blas.SetStream(new CUstream(9), 0x4000, 1 << 20);
        blas.SetStream(new CUstream(9));
        Assert.Equal(["cublasSetStream_v2 2 9", "cublasSetWorkspace_v2 2 1048576", "cublasSetStream_v2 2 9"], _driver.Take());
    }

    [Fact]
    public void Descriptions_are_destroyed_once_and_also_where_a_step_of_making_them_fails()
    {
        var dnn = new RecordingCudnn(_driver);
        var tensor = DnnTensorDescription.Create(dnn, CudnnTensorFormat.Nhwc, CudnnDataType.Half, 1, 2, 3, 4);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Equal(["cudnnCreateTensorDescriptor", "cudnnSetTensor4dDescriptor 1 Nhwc Half 1 2 3 4", "cudnnDestroyTensorDescriptor 1"], _driver.Take());

        dnn.Statuses["cudnnSetConvolutionGroupCount"] = CudnnStatus.BadParam;
        Assert.Throws<CudaException>(() => DnnConvolutionDescription.Create(dnn, 1, 1, 1, 1, 0, CudnnMathType.FmaMath));
        Assert.Equal("cudnnDestroyConvolutionDescriptor 2", _driver.Take()[^1]);

        var blas = new RecordingCublasLt(_driver);
        using (var product = LtProductDescription.Create(blas, CublasComputeType.Compute32f, CudaDataType.R32F))
        using (var preference = LtPreference.Create(blas))
        using (LtMatrixDescription.Create(blas, CudaDataType.R16F, 3, 4, 5))
        {
            product.Set(CublasLtMatmulDescAttribute.Epilogue, CublasLtEpilogue.ReluBias);
            preference.Set(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 1024ul);
        }

        Assert.Equal(
            [
                "cublasLtMatmulDescCreate Compute32f R32F", "cublasLtMatmulPreferenceCreate", "cublasLtMatrixLayoutCreate R16F 3 4 5",
                "cublasLtMatmulDescSetAttribute 3 Epilogue 4", "cublasLtMatmulPreferenceSetAttribute 4 MaxWorkspaceBytes 8",
                "cublasLtMatrixLayoutDestroy 5", "cublasLtMatmulPreferenceDestroy 4", "cublasLtMatmulDescDestroy 3",
            ],
            _driver.Take());
    }

    private IDisposable Make(string kind, CudaContext context, out string destroy)
    {
        switch (kind)
        {
            case "stream":
                destroy = "cuStreamDestroy_v2 2";
                return CudaStream.Create(context);
            case "event":
                destroy = "cuEventDestroy_v2 2";
                return CudaEvent.Create(context);
            case "memory":
                destroy = "cuMemFree_v2 2";
                return DeviceAllocation.Create(context, 256, "a test");
            case "pinned":
                destroy = "cuMemFreeHost";
                return PinnedMemory.Create(context, 256);
            case "module":
                destroy = "cuModuleUnload 2";
                return CudaModule.Load(context, "kernels", "text"u8);
            case "graph":
                destroy = "cuGraphDestroy 3";
                using (var stream = CudaStream.Create(context))
                {
                    return stream.EndCapture();
                }

            case "executable":
                destroy = "cuGraphExecDestroy 4";
                using (var stream = CudaStream.Create(context))
                using (var graph = stream.EndCapture())
                {
                    return graph.Instantiate();
                }

            case "cublas":
                destroy = "cublasDestroy_v2 2";
                return CublasContext.Create(context, new RecordingCublas(_driver));
            case "cublasLt":
                destroy = "cublasLtDestroy 2";
                return CublasLtContext.Create(context, new RecordingCublasLt(_driver));
            case "cudnn":
                destroy = "cudnnDestroy 2";
                return CudnnContext.Create(context, new RecordingCudnn(_driver));
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }
}
