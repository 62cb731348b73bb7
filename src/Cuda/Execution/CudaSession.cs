using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using DeviceState = AlexNetCuda.Cuda.Kernels.StepState;

namespace AlexNetCuda.Cuda;

/// <summary>
/// Everything of one GPU that operators share: the context, the stream all work goes to, the handles of cuBLAS, cublasLt and cuDNN with their workspaces, the
/// compiled kernels, the state of the step, and page-locked memory for copies. Its calls expect the context to be current: see <see cref="Enter"/>.
/// </summary>
internal sealed unsafe class CudaSession : IDisposable
{
    /// <summary>The alignment of every tensor: the driver's own, and what cuBLAS's and cuDNN's fastest algorithms ask for.</summary>
    internal const int Alignment = 256;

    /// <summary>
    /// The loss scale that float16 begins with (Micikevicius et al., "Mixed precision training", 2018): it is doubled from time to time, and halved
    /// where gradients are not finite: training skips that step, gradients that are only read are computed again.
    /// </summary>
    internal const float FirstLossScale = 1024;

    private const float LargestLossScale = 1 << 24;
    private const int LossScaleInterval = 2000; // finite steps in a row, as PyTorch's GradScaler

    private const int HostStateBytes = 3 * sizeof(uint); // of the state, what the host sets
    private const int StagingBytes = 8 << 20;
    private readonly Stack<IDisposable> _owned = new(); // given back from the last to the first
    private readonly CudaContext _context = null!;
    private readonly CudaStream _stream = null!, _uploadStream = null!;
    private readonly PinnedMemory _hostState = null!, _staging = null!;

    internal CudaSession(CudaLibraries libraries, CudaDeviceOptions options)
    {
        (Driver, Blas, Dnn, Options) = (libraries.Driver, libraries.Blas, libraries.Dnn, options);
        Storage = options.Precision switch { Precision.Float16 => Storage.Float16, Precision.BFloat16 => Storage.BFloat16, _ => Storage.Float32 };
        try
        {
            _context = Own(CudaContext.Open(Driver, options.Ordinal));
            Gpu = Gpu.Read(Driver, _context.Device);
            Gpu.Require(options.Precision);
            using CudaContext.Scope scope = _context.Enter();
            _stream = Own(CudaStream.Create(_context));
            _uploadStream = Own(CudaStream.Create(_context));
            Kernels = Own(new KernelLibrary(_context, new KernelImages(options.Nvrtc, new CubinCache(options.CacheDirectory)), Gpu.Architecture));
            _hostState = Own(PinnedMemory.Create(_context, sizeof(DeviceState) + sizeof(LossScaling))); // to the device, and back
            _staging = Own(PinnedMemory.Create(_context, StagingBytes));
            State = Own(DeviceAllocation.Create(_context, sizeof(DeviceState) + (2 * sizeof(uint)), "the step's state")).Address;
            Upload(State, stackalloc byte[HostStateBytes]);
            LossScale = new LossScale(ScalesLoss ? FirstLossScale : 1, 0);
            BlasWorkspace = Own(DeviceAllocation.Create(_context, Gpu.Major >= 9 ? 32L << 20 : 4L << 20, "the workspace of cuBLAS"));
            CublasContext blas = Own(CublasContext.Create(_context, Blas));
            blas.SetStream(Stream, BlasWorkspace.Address, BlasWorkspace.Bytes);
            Check(Blas.SetAtomicsMode(blas.Handle, CublasAtomicsMode.NotAllowed), "cublasSetAtomicsMode", "opening cuBLAS");
            BlasHandle = blas.Handle;
            if (options.BlasLt && libraries.BlasLt is { } lt) BlasLt = Own(CublasLtContext.Create(_context, lt));
            CudnnContext dnn = Own(CudnnContext.Create(_context, Dnn));
            dnn.SetStream(Stream);
            DnnVersion = (long)Dnn.GetVersion();
            Convolutions = new CudnnConvolutions(dnn);
            Algorithms = new AlgorithmCache(options.CacheDirectory);
            Layout = Storage == Storage.Float32 ? Layout.Nchw : options.Layout ?? LayoutChoice.Of(this);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal ICudaDriver Driver { get; }

    internal ICublas Blas { get; }

    internal ICudnn Dnn { get; }

    internal CudaDeviceOptions Options { get; }

    internal Gpu Gpu { get; } = null!;

    /// <summary>The stream of all computing.</summary>
    internal CUstream Stream => _stream.Handle;

    /// <summary>The stream of copies to the device that overlap computing.</summary>
    internal CUstream UploadStream => _uploadStream.Handle;

    internal Storage Storage { get; }

    internal Layout Layout { get; }

    internal KernelLibrary Kernels { get; } = null!;

    /// <summary>Device address of the <see cref="DeviceState"/>.</summary>
    internal ulong State { get; }

    /// <summary>Whether the loss is scaled, so that float16 gradients do not vanish.</summary>
    internal bool ScalesLoss => Options.Precision == Precision.Float16;

    /// <summary>Device address of the number of steps in a row whose gradients were finite, behind the state.</summary>
    private ulong FiniteSteps => State + (ulong)sizeof(DeviceState);

    /// <summary>Device address of the loss scale that the gradients in memory were made with, behind the state.</summary>
    private ulong UsedLossScale => FiniteSteps + sizeof(uint);

    internal CublasHandle BlasHandle { get; }

    /// <summary>cublasLt, unless it is absent or not to be used.</summary>
    internal CublasLtContext? BlasLt { get; }

    /// <summary>The workspace of cuBLAS and cublasLt, which only the one stream uses: of the size NVIDIA recommends.</summary>
    internal DeviceAllocation BlasWorkspace { get; } = null!;

    /// <summary>As cudnnGetVersion says it.</summary>
    internal long DnnVersion { get; }

    internal IConvolutions Convolutions { get; } = null!;

    internal AlgorithmCache Algorithms { get; } = null!;

    /// <summary>The precision of products: without the word TF32 in it, cuBLAS takes float32 as it is.</summary>
    internal CublasComputeType ProductType => Options.Precision switch
    {
        Precision.Tf32 => CublasComputeType.Compute32fFastTf32,
        _ => CublasComputeType.Compute32f,
    };

    /// <summary>The precision of convolutions.</summary>
    internal ConvolutionMath DnnMath => Options.Precision switch
    {
        Precision.Float32 => ConvolutionMath.Float32,
        Precision.Tf32 => ConvolutionMath.TensorFloat32,
        _ => ConvolutionMath.TensorCores,
    };

    /// <summary>The most bytes of scratch memory an algorithm of a convolution may take.</summary>
    internal long ConvolutionWorkspaceBytes => Options.ConvolutionWorkspaceBytes ?? Math.Clamp(Gpu.MemoryBytes / 16, 256L << 20, 2L << 30);

    internal CudnnTensorFormat DnnFormat => Layout == Layout.Nhwc ? CudnnTensorFormat.Nhwc : CudnnTensorFormat.Nchw;

    /// <summary>Counts what is enqueued; operators count their library calls themselves.</summary>
    internal EnqueueCounter Enqueued { get; } = new();

    internal bool IsClosed { get; private set; }

    /// <summary>The loss scale as the last run that computed gradients left it; in page-locked memory.</summary>
    private LossScaling* ReadBack => (LossScaling*)(_hostState.Address + sizeof(DeviceState));

    internal static CudaDataType TypeOf(Storage storage) => storage switch
    {
        Storage.Float32 => CudaDataType.R32F,
        Storage.Float16 => CudaDataType.R16F,
        _ => CudaDataType.R16BF,
    };

    internal static CudnnDataType DnnTypeOf(Storage storage) => storage switch
    {
        Storage.Float32 => CudnnDataType.Float,
        Storage.Float16 => CudnnDataType.Half,
        _ => CudnnDataType.BFloat16,
    };

    /// <summary>A size rounded up to <see cref="Alignment"/>: where what lies behind it may begin.</summary>
    internal static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Makes the context current to the calling thread until the result is disposed of.</summary>
    internal CudaContext.Scope Enter()
    {
        ObjectDisposedException.ThrowIf(IsClosed, typeof(CudaDevice));
        return _context.Enter();
    }

    /// <summary>Allocates device memory.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="purpose">What it is for, in messages.</param>
    /// <param name="clear">Whether it is zeroed, in the stream of computing.</param>
    /// <exception cref="DeviceOutOfMemoryException">The device has not that much left.</exception>
    internal DeviceAllocation Allocate(long bytes, string purpose, bool clear = true)
    {
        using CudaContext.Scope scope = Enter();
        DeviceAllocation memory;
        try
        {
            memory = DeviceAllocation.Create(_context, bytes, purpose);
        }
        catch (CudaException e) when (e.Status == (int)CUresult.ErrorOutOfMemory && e.Function.StartsWith("cu", StringComparison.Ordinal))
        {
            throw new DeviceOutOfMemoryException($"cuda:{Options.Ordinal} ({Gpu.Name})", bytes, e);
        }

        try
        {
            if (clear) Check(Driver.MemsetD8Async(memory.Address, 0, (nuint)bytes, Stream), "cuMemsetD8Async", "clearing new memory");
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        return memory;
    }

    /// <summary>Copies to the device behind all work so far; the source may change on return.</summary>
    internal void Upload(ulong destination, ReadOnlySpan<byte> source)
    {
        using CudaContext.Scope scope = Enter();
        while (!source.IsEmpty)
        {
            int bytes = Math.Min(source.Length, StagingBytes);
            source[..bytes].CopyTo(_staging.AsSpan<byte>());
            Check(Driver.MemcpyHtoDAsync(destination, (void*)_staging.Address, (nuint)bytes, Stream), "cuMemcpyHtoDAsync_v2", "copying to the device");
            Synchronize("copying to the device");
            source = source[bytes..];
            destination += (ulong)bytes;
        }
    }

    /// <summary>Copies from the device what all work so far has left there.</summary>
    internal void Download(Span<byte> destination, ulong source)
    {
        using CudaContext.Scope scope = Enter();
        while (!destination.IsEmpty)
        {
            int bytes = Math.Min(destination.Length, StagingBytes);
            Check(Driver.MemcpyDtoHAsync((void*)_staging.Address, source, (nuint)bytes, Stream), "cuMemcpyDtoHAsync_v2", "copying from the device");
            Synchronize("copying from the device");
            _staging.AsSpan<byte>()[..bytes].CopyTo(destination);
            destination = destination[bytes..];
            source += (ulong)bytes;
        }
    }

    /// <summary>Sets what changes from step to step for the work that follows. The loss scale and the skip flag are the device's own.</summary>
    internal void WriteState(in Devices.StepState state)
    {
        // Runs are waited for before the next begins, so the last copy has been made.
        *(DeviceState*)_hostState.Address = new DeviceState(state.Number, state.LearningRate, 0, 0, state.GradientScale);
        Check(Driver.MemcpyHtoDAsync(State, (void*)_hostState.Address, HostStateBytes, Stream), "cuMemcpyHtoDAsync_v2", "setting the step's state");
    }

    /// <summary>The launch behind all updates that sets the next step's loss scale.</summary>
    internal KernelLaunch UpdateLossScale() => SgdKernels.UpdateLossScale(State, FiniteSteps, LossScaleInterval, LargestLossScale);

    /// <summary>Enqueues the note of which loss scale the gradients that follow are made with.</summary>
    internal void KeepLossScale() => Check(
        Driver.MemcpyDtoDAsync(UsedLossScale, State + HostStateBytes, sizeof(float), Stream), "cuMemcpyDtoDAsync_v2", "keeping the loss scale");

    /// <summary>Enqueues the copy to the host of the next step's loss scale and of this one's.</summary>
    internal void ReadBackLossScale() => Check(
        Driver.MemcpyDtoHAsync(ReadBack, State + HostStateBytes, (nuint)sizeof(LossScaling), Stream), "cuMemcpyDtoHAsync_v2",
        "reading the loss scale back");

    /// <summary>Whether the last step's gradients were not finite, and a smaller loss scale is set. The copy that was enqueued has been made.</summary>
    internal bool LossScaleWasLowered() => ReadBack->Next < ReadBack->Used;

    /// <summary>
    /// What an update by itself multiplies gradients by, so that its division by the next step's loss scale comes out right: of those in memory, or of sums, which
    /// have no scale left. Waits for the stream.
    /// </summary>
    /// <param name="scaled">Whether the gradients are those in memory.</param>
    internal float UpdateFactor(bool scaled)
    {
        Synchronize("reading the loss scale back");
        return scaled ? ReadBack->Next / ReadBack->Used : ReadBack->Next; // powers of two: exact
    }

    /// <summary>The loss scale of the next step, and how long it has been right. Waits for the stream.</summary>
    internal LossScale LossScale
    {
        get
        {
            LossScaling scaling = default;
            Download(new Span<byte>(&scaling, sizeof(LossScaling)), State + HostStateBytes);
            return new LossScale(scaling.Next, scaling.FiniteSteps);
        }
        set
        {
            var scaling = new LossScaling(value.Scale, 0, value.FiniteSteps, value.Scale);
            Upload(State + HostStateBytes, new ReadOnlySpan<byte>(&scaling, sizeof(LossScaling)));
            *ReadBack = scaling;
        }
    }

    /// <summary>The loss scale that the gradients in memory were made with.</summary>
    internal float ReadLossScale()
    {
        float scale = 1;
        if (ScalesLoss) Download(new Span<byte>(&scale, sizeof(float)), UsedLossScale);
        return scale;
    }

    /// <summary>Ends the capture of the stream; null where it was refused on the way.</summary>
    internal CudaGraph? EndCapture()
    {
        try
        {
            return _stream.EndCapture();
        }
        catch (CudaException e)
        {
            // While a stream is captured nothing can be freed: it must not stay so.
            CUgraph graph = default;
            if (Driver.StreamEndCapture(Stream, &graph) == CUresult.Success) _ = Driver.GraphDestroy(graph);
            if (CudaProgram.IsRefusal((CUresult)e.Status)) return null;
            throw;
        }
    }

    internal CudaEvent CreateEvent(CUeventFlags flags = CUeventFlags.Default) => CudaEvent.Create(_context, flags);

    internal PinnedMemory AllocatePinned(int bytes) => PinnedMemory.Create(_context, bytes);

    internal void Synchronize(string doing) => Check(Driver.StreamSynchronize(Stream), "cuStreamSynchronize", doing);

    /// <inheritdoc cref="CudaChecks.Check(ICudaDriver, CUresult, string, string)"/>
    internal void Check(CUresult result, string function, string doing) => Driver.Check(result, function, doing);

    /// <inheritdoc cref="CudaChecks.Check(ICublas, CublasStatus, string, string)"/>
    internal void Check(CublasStatus status, string function, string doing) => Blas.Check(status, function, doing);

    /// <summary>Gives everything back; after a fault of the device that is all that can be done.</summary>
    public void Dispose()
    {
        if (IsClosed) return;
        IsClosed = true;
        List<Exception> errors = Disposal.Try(_owned);
        if (errors.Count > 0) throw new AggregateException("Some of what the CUDA device owned could not be given back.", errors);
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>What lies on the device from the state's loss scale on.</summary>
    private readonly record struct LossScaling(float Next, uint SkipUpdate, uint FiniteSteps, float Used);
}
