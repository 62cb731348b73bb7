using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>
/// The reference device with a memory of 16 bits: each layer computes in double precision, and its output and its input's gradient are then rounded as
/// they are where they lie in memory as float16 or bfloat16. So what follows a layer, a maximum above all, sees the values that it sees on the GPU.
/// </summary>
internal sealed class RoundingDevice : IDevice
{
    private readonly ReferenceDevice _inner = new();
    private readonly Precision _precision;
    private readonly HashSet<string> _addsBias = [], _endsInPool = [];
    private readonly double _noise;
    private readonly Random _random = new(0);
    private readonly double _lossScale = 1;

    /// <summary>A device that rounds where an executable of a CUDA device does, and gradients as they lie in memory: multiplied by a loss scale.</summary>
    internal RoundingDevice(Precision precision, Executable executable, double lossScale = CudaSession.FirstLossScale)
    {
        _precision = precision;
        if (precision == Precision.Float16) _lossScale = lossScale;
        StepWork[] work = [.. executable.ForwardWork];
        // Without a fused bias the product lies in memory before the bias is added: it is rounded twice.
        _addsBias = [.. work.Where(w => w.Algorithm == "cublas" || (IsConvolution(w) && !w.Algorithm.Contains(" + bias", StringComparison.Ordinal))).Select(w => w.Layer)];
        _endsInPool = [.. work.Where(w => w.Algorithm.Contains("bias_relu_lrn_max_pool", StringComparison.Ordinal)).Select(w => w.Layer)];
        _addsBias.ExceptWith(_endsInPool);
    }

    /// <summary>
    /// A device that rounds nothing, but adds Gaussian noise, relative to the tensor's root mean square, to every convolution's and fully connected
    /// layer's result: so the reference results measure how sensitive a network is to rounding.
    /// </summary>
    internal RoundingDevice(double noise, int seed) => (_noise, _random) = (noise, new Random(seed));

    public DeviceInfo Info => _inner.Info;

    public IOperator? TryCreate(Region region) =>
        _inner.TryCreate(region) is { } inner ? new Rounded(this, inner, region.Layers[0].Layer) : null;

    public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => new Rounded(this, _inner.CreateConversion(source, destination), null);

    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule) => new Rounded(this, _inner.CreateUpdate(parameter, format, rule), null);

    public IOperator CreateNorm(TensorFormat format) => new Rounded(this, _inner.CreateNorm(format), null);

    public IDeviceMemory Allocate(long bytes) => _inner.Allocate(bytes);

    public IProgram Link(IReadOnlyList<Step> steps, bool timed) => new Program(
        [.. steps.Select(s => ((Rounded)s.Operator, s.Phase, _inner.Link([s with { Operator = ((Rounded)s.Operator).Inner }], timed: false)))]);

    public void Dispose() => _inner.Dispose();

    /// <summary>Values as float16 or bfloat16 hold them, to nearest, ties to even; as TF32 takes them as operands, or as float32 does.</summary>
    internal static double Round(double value, Precision precision) => precision switch
    {
        Precision.Float16 => (double)(Half)(float)value,
        Precision.BFloat16 => BitConverter.UInt32BitsToSingle(ToBFloat16(BitConverter.SingleToUInt32Bits((float)value))),
        // 11 significant bits, to nearest: the carry of half a unit, then the low 13 bits go.
        Precision.Tf32 => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits((float)value) + 0x1000) & 0xffffe000),
        _ => (float)value,
    };

    private static uint ToBFloat16(uint bits) => (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;

    private static bool IsConvolution(StepWork work) => work.Algorithm.StartsWith("cudnn", StringComparison.Ordinal);

    private void Round(Span<double> values, double scale)
    {
        foreach (ref double value in values) value = Round(value * scale, _precision) / scale;
    }

    private void AddNoise(IBuffer buffer)
    {
        double[] values = NetworkRunner.Read(buffer);
        double size = _noise * Math.Sqrt(values.Sum(v => v * v) / values.Length);
        foreach (ref double value in values.AsSpan()) value += size * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        buffer.Write(values);
    }

    private sealed class Rounded(RoundingDevice device, IOperator inner, Layer? layer) : IOperator
    {
        private Bindings _bindings = new();

        public IOperator Inner => inner;

        public OperatorNeeds Needs => inner.Needs;

        public string Algorithm => inner.Algorithm;

        public void Bind(Bindings bindings)
        {
            _bindings = bindings;
            inner.Bind(bindings);
        }

        public void Dispose() => inner.Dispose();

        internal void Round(Phase phase)
        {
            if (layer is null) return;
            bool forward = phase == Phase.Forward;
            // Softmax and losses give float32; within a fused pass nothing is stored.
            if (forward && (layer is SoftmaxLayer or LossLayer || (layer is LrnLayer && device._endsInPool.Count > 0))) return;
            if ((forward ? _bindings.Output : _bindings.InputGradient) is not { Format.Element: ElementType.Float64 } buffer) return;
            if (device._noise > 0)
            {
                if (forward && layer is ConvolutionLayer or FullyConnectedLayer) device.AddNoise(buffer);
                return;
            }

            double[] values = NetworkRunner.Read(buffer);
            if (forward && device._addsBias.Contains(layer.Name) && _bindings.Parameters.Count > 1) RoundWithoutBias(values, buffer.Format.Logical);
            // Rounded with the scale, which matters where they are tiny, or too large.
            device.Round(values, forward ? 1 : device._lossScale);
            buffer.Write(values);
        }

        private void RoundWithoutBias(double[] values, Shape shape)
        {
            double[] biases = NetworkRunner.Read(_bindings.Parameters[1]);
            int pixels = shape.H * shape.W;
            for (int i = 0; i < values.Length; i++)
            {
                double bias = biases[i / pixels % shape.C];
                values[i] = RoundingDevice.Round(values[i] - bias, device._precision) + bias;
            }
        }
    }

    private sealed class Program((Rounded Operator, Phase Phase, IProgram Run)[] steps) : IProgram
    {
        public void Run(in StepState state)
        {
            foreach ((Rounded op, Phase phase, IProgram program) in steps)
            {
                program.Run(state);
                program.Wait();
                op.Round(phase);
            }
        }

        public void Wait()
        {
            // Run has waited already.
        }

        public void ReadStepSeconds(Span<double> seconds) => throw new InvalidOperationException("The program was not linked to be timed.");

        public void Dispose()
        {
            foreach ((Rounded _, Phase _, IProgram program) in steps) program.Dispose();
        }
    }
}
