using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Training;

namespace AlexNetCuda.Reference;

/// <summary>
/// The truth that other devices are checked against: every layer in double precision, by loops that follow the formulas of <c>AlexNetCuda.Layers</c>.
/// It runs one layer at a time over <see cref="PlainFormat"/> tensors of <see cref="ElementType.Float64"/> (labels and argmax: <see cref="ElementType.Int32"/>).
/// Every element is computed by one thread in a fixed order, so that results have the same bits whatever the number of threads.
/// </summary>
public sealed class ReferenceDevice : IDevice
{
    private readonly Loops _loops;
    private bool _disposed;

    /// <summary>A reference device.</summary>
    /// <param name="threads">The number of threads, at least 1; 0 is one a processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    public ReferenceDevice(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _loops = new Loops(threads == 0 ? Environment.ProcessorCount : threads);
        Info = new DeviceInfo("reference", $"double precision, plain loops, {_loops.Threads} thread{(_loops.Threads == 1 ? "" : "s")}",
            ElementType.Float64, _loops.Threads, ReferenceMemory.Alignment);
    }

    /// <inheritdoc/>
    public DeviceInfo Info { get; }

    /// <inheritdoc/>
    public IOperator? TryCreate(Region region)
    {
        ArgumentNullException.ThrowIfNull(region);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (region.Layers.Count != 1) return null;
        return region.Layers[0].Layer switch
        {
            ConvolutionLayer layer => new Convolution(_loops, region, layer),
            FullyConnectedLayer layer => new FullyConnected(_loops, region, layer),
            LrnLayer layer => new Lrn(_loops, region, layer),
            MaxPoolLayer layer => new MaxPool(_loops, region, layer),
            AveragePoolLayer layer => new AveragePool(_loops, region, layer),
            DropoutLayer layer => new Dropout(_loops, region, layer),
            ReluLayer => new Relu(_loops, region),
            FlattenLayer => new Flatten(region),
            ConcatLayer => new Concat(region),
            SoftmaxLayer => new Softmax(_loops, region),
            ArgMaxLayer => new ArgMax(_loops, region),
            L2LossLayer => new L2Loss(region),
            SoftmaxCrossEntropyLayer => new SoftmaxCrossEntropy(_loops, region),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IOperator CreateConversion(TensorFormat source, TensorFormat destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Conversion(source, destination);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The format is not a plain one of doubles.</exception>
    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(rule);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Sgd(_loops, format, rule);
    }

    /// <inheritdoc/>
    public IOperator CreateNorm(TensorFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Norm(format);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public IDeviceMemory Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new ReferenceMemory(bytes);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An operator is another device's, or is not bound.</exception>
    public IProgram Link(IReadOnlyList<Step> steps, bool timed)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new ReferenceProgram(steps, timed);
    }

    /// <summary>Ends the use of the device. Memory that it handed out lives until it is disposed of itself.</summary>
    public void Dispose() => _disposed = true;
}
