using AlexNetCuda.Devices;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Layers;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cuda;

/// <summary>
/// The CUDA device: cuDNN convolutions, cuBLAS products for the fully connected layers, and kernels of our own for the rest. Activations are NCHW in float32,
/// NHWC or NCHW in 16 bits; parameters have float32 masters.
/// </summary>
public sealed class CudaDevice : IDevice, ILossScaling
{
    private readonly CudaSession _session;

    /// <summary>Opens a GPU.</summary>
    /// <param name="libraries">The driver, cuBLAS and cuDNN: <see cref="CudaLibraries.Load(string?)"/>, or others that fulfil their contracts.</param>
    /// <param name="options">How the device works; null for the defaults.</param>
    /// <exception cref="CudaException">There is no such GPU, or a library failed; the message says which call.</exception>
    /// <exception cref="NotSupportedException">The GPU is too old for the kernels or the precision.</exception>
    public CudaDevice(CudaLibraries libraries, CudaDeviceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(libraries);
        options ??= new CudaDeviceOptions();
        _session = new CudaSession(libraries, options);
        Gpu gpu = _session.Gpu;
        Info = new DeviceInfo(
            "cuda",
            FormattableString.Invariant(
                $"{gpu.Name} (cuda:{options.Ordinal}, sm_{gpu.Architecture}), {options.Precision}, {_session.Layout}, cuDNN {_session.DnnVersion}{(options.Deterministic ? ", deterministic" : "")}"),
            ElementType.Float32,
            0,
            CudaSession.Alignment);
    }

    /// <inheritdoc/>
    public DeviceInfo Info { get; }

    /// <inheritdoc/>
    public IOperator? TryCreate(Region region)
    {
        ArgumentNullException.ThrowIfNull(region);
        using CudaContext.Scope scope = _session.Enter();
        Layer first = region.Layers[0].Layer;
        if (region.Layers.Count > 1 && !_session.Options.Fuse) return null;
        return (first, region.Layers.Count) switch
        {
            (ConvolutionLayer, _) => Convolution.Takes(_session, region) ? new Convolution(_session, region) : null,
            (FullyConnectedLayer, 1) => new FullyConnected(_session, region),
            (FullyConnectedLayer, 2) when region.Layers[1].Layer is ReluLayer => new FullyConnected(_session, region),
            (_, > 1) => null,
            (ReluLayer, _) => new Relu(_session, region),
            (LrnLayer, _) => new Lrn(_session, region),
            (MaxPoolLayer, _) => new MaxPool(_session, region),
            (AveragePoolLayer, _) => new AveragePool(_session, region),
            (DropoutLayer { KeepProbability: < 1 }, _) when region.Dropout => new Dropout(_session, region),
            (DropoutLayer or FlattenLayer, _) => new PassOn(_session, region),
            (ConcatLayer, _) => new Concat(_session, region),
            (SoftmaxLayer, _) => new Softmax(_session, region),
            (ArgMaxLayer, _) => new ArgMax(_session, region),
            (L2LossLayer, _) => new L2Loss(_session, region),
            (SoftmaxCrossEntropyLayer, _) => new SoftmaxCrossEntropy(_session, region),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => new Conversion(_session, source, destination);

    /// <inheritdoc/>
    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(rule);
        return new Sgd(_session, format, rule);
    }

    /// <inheritdoc/>
    public IOperator CreateNorm(TensorFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return new Norm(_session, format);
    }

    /// <inheritdoc/>
    public IDeviceMemory Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new CudaMemory(_session, bytes);
    }

    /// <inheritdoc/>
    public IProgram Link(IReadOnlyList<Step> steps, bool timed)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using CudaContext.Scope scope = _session.Enter();
        return new CudaProgram(_session, steps, timed);
    }

    /// <inheritdoc/>
    public LossScale? LossScale
    {
        get => _session.ScalesLoss ? _session.LossScale : null;
        set
        {
            if (value is null != !_session.ScalesLoss)
                throw new InvalidOperationException($"In {_session.Options.Precision} the loss is {(_session.ScalesLoss ? "" : "not ")}scaled: the run that is resumed was in another precision.");
            if (value is { } scale) _session.LossScale = scale;
        }
    }

    /// <summary>Begins what a profiler records that was told to wait for it (nsys --capture-range=cudaProfilerApi); does nothing without one.</summary>
    public void StartProfiling()
    {
        using CudaContext.Scope scope = _session.Enter();
        CheckProfiler(_session.Driver.ProfilerStart(), "cuProfilerStart");
    }

    /// <summary>Ends what <see cref="StartProfiling"/> began.</summary>
    public void StopProfiling()
    {
        using CudaContext.Scope scope = _session.Enter();
        CheckProfiler(_session.Driver.ProfilerStop(), "cuProfilerStop");
    }

    /// <summary>Closes the GPU. Executables of the device are disposed before.</summary>
    public void Dispose() => _session.Dispose();

    // Older drivers say so where there is no profiler, or where it records already: neither is a fault of the work.
    private void CheckProfiler(CUresult result, string function)
    {
        if (result is CUresult.ErrorProfilerDisabled or CUresult.ErrorProfilerNotInitialized or CUresult.ErrorProfilerAlreadyStarted or CUresult.ErrorProfilerAlreadyStopped) return;
        _session.Check(result, function, "telling the profiler what to record");
    }
}
