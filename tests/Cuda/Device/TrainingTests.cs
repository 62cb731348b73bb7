using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Whole steps of training: updates, masters, loss scaling, and the same bits when they are repeated.</summary>
public sealed class TrainingTests
{
    private const int Steps = 5;

    public static TheoryData<Place> Places => [.. TestDevice.Places];

    /// <summary>The place, momentum, decay of weights, and what the images are multiplied by.</summary>
    public static TheoryData<Place, float, float, float> Rules
    {
        get
        {
            var rows = new TheoryData<Place, float, float, float>();
            foreach (Place place in TestDevice.Places)
                foreach ((float momentum, float decay, float scale) in new[] { (0.9f, 0f, 1f), (0.9f, 0.01f, 1f), (0f, 0f, 1f), (0f, 0.01f, 0.5f) })
                    rows.Add(place, momentum, decay, scale);
            return rows;
        }
    }

    public static TheoryData<Place, Precision> Precisions => OnEach(Precision.Float32, Precision.Float16, Precision.BFloat16);

    public static TheoryData<Place, string, Precision> Ways
    {
        get
        {
            var rows = new TheoryData<Place, string, Precision>();
            foreach (Place place in TestDevice.Places)
                foreach (TrainingCase one in TrainingCase.All)
                    foreach (Precision precision in new[] { Precision.Float32, Precision.Float16 }) rows.Add(place, one.Name, precision);
            return rows;
        }
    }

    public static TheoryData<Place, Precision> Halves => OnEach(Precision.Float16, Precision.BFloat16);

    public static TheoryData<Place, float, int> Overflows
    {
        get
        {
            var rows = new TheoryData<Place, float, int>();
            foreach (Place place in TestDevice.Places)
                foreach ((float value, int skipped) in new[] { (60f, 0), (100f, 1), (200f, 2) }) rows.Add(place, value, skipped); // 100 x 1,024 is beyond float16, 100 x 512 is not
            return rows;
        }
    }

    public static TheoryData<Place, float> LargeValues
    {
        get
        {
            var rows = new TheoryData<Place, float>();
            foreach (Place place in TestDevice.Places)
                foreach (float value in new[] { 60f, 4000f }) rows.Add(place, value);
            return rows;
        }
    }

    [Fact]
    public void A_run_is_resumed_with_its_loss_scale_and_not_in_a_precision_that_has_none()
    {
        using (var half = new SimulatedDevice(new CudaDeviceOptions { Precision = Precision.Float16 }))
        {
            half.Device.LossScale = new LossScale(512, 7);
            Assert.Equal(new LossScale(512, 7), half.Device.LossScale);
            Assert.StartsWith("In Float16 the loss is scaled: ", Assert.Throws<InvalidOperationException>(() => half.Device.LossScale = null).Message, StringComparison.Ordinal);
        }

        using var single = new SimulatedDevice();
        Assert.Null(single.Device.LossScale);
        Assert.StartsWith(
            "In Float32 the loss is not scaled: ", Assert.Throws<InvalidOperationException>(() => single.Device.LossScale = new LossScale(512, 7)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Steps_of_training_agree_with_the_reference_device(Place place, float momentum, float decay, float scale)
    {
        var sgd = new SgdOptions(momentum, decay);
        using TestDevice device = TestDevice.Open(place, TestDevice.Repeatable(place));
        using var reference = new ReferenceDevice();
        Run expected = Train(reference, sgd, scale), actual = Train(device.Device, sgd, scale);
        // Five steps carry the rounding of one (4e-5, as for single layers) into the next.
        const double Tolerance = Steps * 4e-5;
        TensorAssert.Close([.. expected.Losses], [.. actual.Losses], Tolerance, "losses");
        foreach ((string name, double[] values) in expected.Parameters) TensorAssert.Close(values, actual.Parameters[name], Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_way_to_train_is_the_reference_devices(Place place, string name, Precision precision)
    {
        TrainingCase training = TrainingCase.Of(name);
        using TestDevice device = TestDevice.Open(place, TestDevice.Repeatable(place) with { Precision = precision });
        using var reference = new ReferenceDevice();
        var expected = training.Train(reference);
        var actual = training.Train(device.Device);
        // In 16 bits a gradient behind ReLUs and a pooling is as wrong as the selftest allows it to be: some pass another element on. In float32 as on the CPU.
        double tolerance = precision == Precision.Float32 ? 2e-4 : 0.15;
        TensorAssert.Close(expected.Losses, actual.Losses, precision == Precision.Float32 ? 1e-5 : 1e-2, "losses");
        foreach ((string parameter, double[] change) in expected.Changes)
        {
            double[] got = actual.Changes[parameter];
            if (precision == Precision.Float32) TensorAssert.Close(change, got, tolerance, parameter);
            else Assert.InRange(Math.Sqrt(change.Zip(got, (a, b) => (a - b) * (a - b)).Sum() / change.Sum(x => x * x)), 0, tolerance);
        }

        if (training.ClipNorm is null) Assert.Equal(double.NaN, actual.Norm);
        else Assert.Equal(expected.Norm, actual.Norm, (precision == Precision.Float32 ? 1e-4 : 2e-2) * expected.Norm);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Deterministic_training_has_the_same_bits_in_every_run(Place place, Precision precision)
    {
        Run? first = null;
        // The seed draws the order of what is in no order: atomic sums, and the schedule of threads.
        foreach ((int seed, bool graphs) in new[] { (1, true), (2, true), (3, false) })
        {
            var options = new CudaDeviceOptions { Precision = precision, Deterministic = true, Graphs = graphs };
            using TestDevice device = place == Place.Gpu ? new GpuDevice(options, fresh: true) : new SimulatedDevice(options, SimulatedDevice.Watched with { Seed = seed });
            Run run = Train(device.Device, new SgdOptions(0.9f, 0.01f), 1);
            first ??= run;
            Assert.Equal(first.Losses, run.Losses);
            foreach ((string name, double[] values) in first.Parameters) Assert.Equal(values, run.Parameters[name]);
            if (device is SimulatedDevice simulated) Assert.Equal(graphs ? Steps - 1 : 0, simulated.Machine.Counters.GraphLaunches);
        }
    }

    [Theory]
    [MemberData(nameof(Overflows))]
    public void A_step_whose_gradients_overflow_is_skipped_and_halves_the_loss_scale(Place place, float value, int skipped)
    {
        Network network = new NetworkBuilder("overflow", 1, 1, 1).FullyConnected("fc", 8, bias: false).L2Loss().Build();
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(1));
        using TestDevice device = OpenFresh(place, Precision.Float16);
        using Executable executable = network.Compile(
            device.Device, parameters, new CompileOptions { Mode = ExecutionMode.Training, InputGradient = false, Sgd = new SgdOptions(0) });
        executable.SetInput([value]);
        var weights = new float[8];
        for (int step = 0; step < skipped + 1; step++)
        {
            parameters["fc/weights"].Read(weights);
            Assert.All(weights, w => Assert.Equal(1, w));
            executable.TrainingStep(1e-6f);
        }

        // y = value, dw = y * value: w = 1 - 1e-6 value^2. The scale is a power of two, and float32 keeps what float16 would lose.
        parameters["fc/weights"].Read(weights);
        Assert.All(weights, w => Assert.Equal(1 - (1e-6f * value * value), w, 1e-6f));
    }

    [Theory]
    [MemberData(nameof(LargeValues))]
    public void Gradients_that_overflow_are_computed_again_with_a_smaller_loss_scale(Place place, float value)
    {
        Network network = new NetworkBuilder("overflow", 1, 1, 1).FullyConnected("fc", 8, bias: false).L2Loss().Build();
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(1));
        using TestDevice device = OpenFresh(place, Precision.Float16);
        using Executable executable = network.Compile(device.Device, parameters, new CompileOptions { Mode = ExecutionMode.Gradients });
        executable.SetInput([value]);
        for (int step = 0; step < 3; step++)
        {
            executable.ForwardBackward();
            Assert.All(NetworkRunner.Read(executable.GetGradient("fc/weights")), g => Assert.Equal(value * (double)value, g, 1.0));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Gradients_that_are_never_finite_end_as_they_are(Place place)
    {
        Network network = new NetworkBuilder("overflow", 1, 1, 1).FullyConnected("fc", 8, bias: false).L2Loss().Build();
        using TestDevice device = OpenFresh(place, Precision.Float16);
        using Executable executable = network.Compile(
            device.Device, network.CreateParameters(initializer: new ConstantInitializer(1)), new CompileOptions { Mode = ExecutionMode.Gradients });
        executable.SetInput([float.NaN]);
        executable.ForwardBackward();
        Assert.All(NetworkRunner.Read(executable.GetGradient("fc/weights")), g => Assert.True(double.IsNaN(g)));
    }

    [Theory]
    [MemberData(nameof(Halves))]
    public void Small_updates_are_not_lost_in_16_bits(Place place, Precision precision)
    {
        // Each step changes a weight of 1 by 1e-5; half a unit of float16 at 1 is 2.4e-4, of bfloat16 2e-3.
        Network network = new NetworkBuilder("small", 1, 1, 1).FullyConnected("fc", 4, bias: false).L2Loss().Build();
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(1));
        using TestDevice device = OpenFresh(place, precision);
        using (Executable executable = network.Compile(device.Device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(0) }))
        {
            executable.SetInput([1f]);
            for (int step = 0; step < 20; step++) executable.TrainingStep(1e-5f);
        }

        var weights = new float[4];
        parameters["fc/weights"].Read(weights);
        Assert.All(weights, w => Assert.Equal(1 - 20e-5f, w, 2e-6f));
    }

    private static TheoryData<Place, Precision> OnEach(params Precision[] precisions)
    {
        var rows = new TheoryData<Place, Precision>();
        foreach (Place place in TestDevice.Places)
            foreach (Precision precision in precisions.Where(p => TestDevice.Has(place, p))) rows.Add(place, precision);
        return rows;
    }

    /// <summary>A device whose loss scale no test has changed.</summary>
    private static TestDevice OpenFresh(Place place, Precision precision)
    {
        var options = new CudaDeviceOptions { Precision = precision };
        return place == Place.Gpu ? new GpuDevice(options, fresh: true) : new SimulatedDevice(options);
    }

    private static Run Train(IDevice device, SgdOptions sgd, float scale)
    {
        Network network = Narrow.Everything;
        Parameters parameters = Narrow.Values(network, Precision.Float32);
        using Executable executable = network.Compile(
            device, parameters, new CompileOptions { Batch = 2, Mode = ExecutionMode.Training, Seed = 7, Sgd = sgd, Target = network.Target });
        executable.SetInput([.. Narrow.Images(network, 2, Precision.BFloat16).Select(v => scale * v)]);
        executable.SetLabels(Narrow.Labels(network, 2));
        var losses = new List<double>();
        for (int i = 0; i < Steps; i++)
        {
            executable.TrainingStep(0.01f);
            losses.Add(executable.ReadLoss());
        }

        return new Run(losses, parameters.All.ToDictionary(p => p.Info.Name, p =>
        {
            var values = new double[p.Info.Shape.Count];
            p.Read(values);
            return values;
        }));
    }

    private sealed record Run(List<double> Losses, Dictionary<string, double[]> Parameters);
}
