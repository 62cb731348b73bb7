using AlexNetCuda.Cuda;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop;
using AlexNetCuda.Reference;
using AlexNetCuda.Training;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>A few steps of SGD in every precision, against the reference device; and the loss scale of float16.</summary>
internal sealed class TrainingChecks(CudaLibraries libraries, IReadOnlyList<CudaDeviceOptions> formats) : CheckGroup
{
    private const int Steps = 3;
    private const float LearningRate = 1f / 64;

    private readonly NetworkCase _case = new("training", NetworkCases.Vgg(), 4, kinked: true);
    private double[]? _expected;

    internal override string Name => "training";

    internal override IReadOnlyList<Check> Checks =>
    [
        .. formats.Select(format => new Check($"{Steps} steps of SGD in {ConvolutionChecks.NameOf(format)}", "reference device", () => [Train(format)])),
        .. formats.Where(format => format.Precision == Precision.Float16).Select(format => new Check(
            $"steps that overflow in {ConvolutionChecks.NameOf(format)} are skipped, and the loss scale falls", "definition", () => [Overflow(format)])),
    ];

    // Each check has a device of its own.
    internal override void Open()
    {
    }

    public override void Dispose()
    {
    }

    private Finding Train(CudaDeviceOptions format)
    {
        using var reference = new ReferenceDevice();
        _expected ??= Train(reference);
        using var device = new CudaDevice(libraries, format);

        // Changes are small beside the parameters: they are compared, and in float32 lose what the parameters' own rounding takes.
        double allowed = format.Precision == Precision.Float32 ? 1e-3 : NetworkBounds.OfKinkedGradients(format.Precision);
        return new Finding(Tensors.NormError(_expected, Train(device)), allowed, "change of all parameters");
    }

    private double[] Train(IDevice device)
    {
        Parameters parameters = _case.CreateParameters();
        double[] before = Values(parameters);
        using (Executable executable = Compile(_case, device, parameters))
        {
            _case.SetData(executable, _case.Input);
            for (int step = 0; step < Steps; step++) executable.TrainingStep(LearningRate);
        }

        return [.. Values(parameters).Zip(before, (after, first) => after - first)];
    }

    /// <summary>An output of 200 as its own gradient overflows with the first loss scale, 1024, and not with a fourth of it.</summary>
    private Finding Overflow(CudaDeviceOptions format)
    {
        const int Most = 12;
        var one = new NetworkCase("overflow", new NetworkBuilder("overflow", 16, 1, 1).FullyConnected("fc", 8).L2Loss().Build(), 2);
        Parameters parameters = one.CreateParameters();
        foreach (Parameter parameter in parameters.All) parameter.Write(Enumerable.Repeat(200.0 / 16, (int)parameter.Info.Shape.Count).ToArray());
        double[] before = Values(parameters);
        using var device = new CudaDevice(libraries, format);
        int skipped = 0;
        while (skipped < Most && IsSkipped()) skipped++;
        double[] after = Values(parameters);
        return skipped is > 0 and < Most && after.All(double.IsFinite)
            ? new Finding(0, 0, FormattableString.Invariant($"{skipped} skipped"))
            : Finding.Failed(FormattableString.Invariant($"{skipped} of at most {Most} steps were skipped"));

        bool IsSkipped()
        {
            using (Executable executable = Compile(one, device, parameters))
            {
                one.SetData(executable, [.. Enumerable.Repeat(1.0, 32)]);
                executable.TrainingStep(1f / 1024);
            }

            return Values(parameters).AsSpan().SequenceEqual(before);
        }
    }

    private static Executable Compile(NetworkCase one, IDevice device, Parameters parameters) => one.Network.Compile(
        device, parameters, one.Options with { Mode = ExecutionMode.Training, InputGradient = false, Sgd = new SgdOptions(0.5f, 1e-3f) });

    private static double[] Values(Parameters parameters) => [.. parameters.All.SelectMany(parameter =>
    {
        var values = new double[parameter.Info.Shape.Count];
        parameter.Read(values);
        return values;
    })];
}
