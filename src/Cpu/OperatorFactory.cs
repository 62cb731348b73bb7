using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Layers;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cpu;

/// <summary>Makes operators for one width of registers.</summary>
internal abstract class OperatorFactory
{
    public abstract IOperator? TryCreate(Region region, CpuDeviceOptions options);

    public abstract IOperator CreateUpdate(CpuFormat format, UpdateRule rule);

    public abstract IOperator CreateNorm(CpuFormat format);

    public abstract MachinePeak MeasurePeak(ThreadTeam team);
}

/// <summary>Makes operators for registers of type <typeparamref name="T"/>: the one place that says which algorithm runs what.</summary>
internal sealed class OperatorFactory<T> : OperatorFactory
    where T : unmanaged, IVector<T>
{
    public override IOperator? TryCreate(Region region, CpuDeviceOptions options)
    {
        int threads = options.Threads;
        Layer first = region.Layers[0].Layer;
        if (region.Layers.Count == 4 && first is ConvolutionLayer && region.Layers[1].Layer is ReluLayer && region.Layers[2].Layer is LrnLayer && region.Layers[3].Layer is MaxPoolLayer)
            return new ConvolutionLrnMaxPool<T>(region, options);
        if (region.Layers.Count == 2 && first is LrnLayer && region.Layers[1].Layer is MaxPoolLayer) return new LrnMaxPool<T>(region, threads);
        if (region.Layers.Count == 2 && region.Layers[1].Layer is not ReluLayer) return null;
        return (first, region.Layers.Count) switch
        {
            (ConvolutionLayer, <= 2) => new Convolution<T>(region, options),
            (FullyConnectedLayer, <= 2) => new FullyConnected<T>(region, threads),
            (_, > 1) => null,
            (ReluLayer, _) => new Relu<T>(region),
            (LrnLayer, _) => new Lrn<T>(region, threads),
            (PoolLayer, _) => new Pool<T>(region),
            (DropoutLayer { KeepProbability: < 1 }, _) when region.Dropout => new Dropout(region),
            (DropoutLayer, _) => new Identity(region),
            (SoftmaxLayer, _) => new Softmax(region),
            (ArgMaxLayer, _) => new ArgMax(region),
            (FlattenLayer, _) => new Flatten(region),
            (ConcatLayer, _) => new Concat(region),
            (L2LossLayer, _) => new L2Loss(region),
            (SoftmaxCrossEntropyLayer, _) => new SoftmaxCrossEntropy(region),
            _ => null,
        };
    }

    public override IOperator CreateUpdate(CpuFormat format, UpdateRule rule) => new Sgd<T>(format, rule);

    public override IOperator CreateNorm(CpuFormat format) => new Norm<T>(format);

    public override MachinePeak MeasurePeak(ThreadTeam team) => PeakMeasurement<T>.Measure(team);
}
