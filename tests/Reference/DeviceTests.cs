using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class DeviceTests
{
    private static PlainFormat Doubles(params ReadOnlySpan<int> shape) => new(new Shape(shape), ElementType.Float64);

    private static Region Relu(int count = 4) =>
        new([new ShapedLayer(new ReluLayer("relu"), [new Shape(1, count)], new Shape(1, count))], [Doubles(1, count)]) { InputGradient = true };

    [Fact]
    public void The_device_says_what_it_is()
    {
        using var device = new ReferenceDevice(3);
        Assert.Equal("reference", device.Info.Name);
        Assert.Equal(ElementType.Float64, device.Info.Element);
        Assert.Equal(3, device.Info.Threads);
        Assert.Contains("3 threads", device.Info.Description, StringComparison.Ordinal);
        using var all = new ReferenceDevice();
        Assert.Equal(Environment.ProcessorCount, all.Info.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReferenceDevice(-1));
    }

    [Fact]
    public void New_memory_is_zero_and_views_of_it_may_overlap()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        var values = new double[8];
        memory.View(0, Doubles(8)).Read(values);
        Assert.Equal(new double[8], values);
        memory.View(16, Doubles(2, 2)).Write((ReadOnlySpan<double>)[1, 2, 3, 4]);
        memory.View(0, Doubles(8)).Read(values);
        Assert.Equal([0, 0, 1, 2, 3, 4, 0, 0], values);
    }

    [Fact]
    public void A_view_outside_the_memory_or_off_the_alignment_is_refused()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(8, Doubles(8)));
        Assert.Contains("A tensor of 64 bytes (plain [8]) at 8 does not lie within 64 bytes", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(-8, Doubles(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(72, Doubles(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(long.MaxValue - 7, Doubles(1)));
        error = Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(4, Doubles(1)));
        Assert.Contains("multiple of 8", error.Message, StringComparison.Ordinal);
        Assert.Equal(64, memory.Bytes);
    }

    [Fact]
    public void Memory_beyond_all_bounds_is_refused_with_the_size_that_was_asked_for()
    {
        using var device = new ReferenceDevice();
        var error = Assert.Throws<DeviceOutOfMemoryException>(() => device.Allocate(1L << 60));
        Assert.Equal("Device 'reference' has not 1099511627776.0 MiB of memory left. Use a smaller batch or input size.", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Allocate(-1));
        using IDeviceMemory nothing = device.Allocate(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => nothing.View(0, Doubles(1)));
    }

    [Fact]
    public void Single_and_double_precision_are_converted_and_integers_are_not()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        IBuffer numbers = memory.View(0, Doubles(2)), integers = memory.View(16, new PlainFormat(new Shape(3), ElementType.Int32));
        numbers.Write((ReadOnlySpan<float>)[0.1f, -2]);
        var doubles = new double[2];
        numbers.Read(doubles);
        Assert.Equal([(double)0.1f, -2], doubles);
        numbers.Write((ReadOnlySpan<double>)[0.1, 1e300]);
        var singles = new float[2];
        numbers.Read(singles);
        Assert.Equal([0.1f, float.PositiveInfinity], singles);
        integers.Write((ReadOnlySpan<int>)[int.MinValue, 0, int.MaxValue]);
        var read = new int[3];
        integers.Read(read);
        Assert.Equal([int.MinValue, 0, int.MaxValue], read);
        Assert.Throws<ArgumentException>(() => numbers.Write((ReadOnlySpan<int>)[1, 2]));
        Assert.Throws<ArgumentException>(() => integers.Write((ReadOnlySpan<float>)[1, 2, 3]));
        Assert.Throws<ArgumentException>(() => integers.Read(new double[3]));
        Assert.Throws<ArgumentException>(() => numbers.Read(new int[2]));
    }

    [Fact]
    public void A_wrong_length_is_refused_with_both_lengths()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        IBuffer buffer = memory.View(0, Doubles(2, 3));
        var error = Assert.Throws<ArgumentException>(() => buffer.Write(new double[5]));
        Assert.Equal("A tensor of shape [2, 3] has 6 elements, not 5.", error.Message);
        Assert.Throws<ArgumentException>(() => buffer.Read(new float[7]));
    }

    [Fact]
    public void Other_formats_are_refused()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        Assert.Throws<NotSupportedException>(() => memory.View(0, new PlainFormat(new Shape(2), ElementType.Float32)));
        var error = Assert.Throws<NotSupportedException>(() => device.CreateConversion(Doubles(2), new PlainFormat(new Shape(2), ElementType.Float32)));
        Assert.Contains("plain [2] of Float64 to plain [2] of Float32", error.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => device.CreateConversion(Doubles(2), Doubles(3)));
    }

    [Fact]
    public void A_conversion_copies_forward_and_gradients_back()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        using IOperator op = device.CreateConversion(Doubles(2), Doubles(2));
        IBuffer[] buffers = [.. Enumerable.Range(0, 4).Select(i => memory.View(16 * i, Doubles(2)))];
        buffers[0].Write((ReadOnlySpan<double>)[1, 2]);
        buffers[2].Write((ReadOnlySpan<double>)[3, 4]);
        op.Bind(new Bindings { Inputs = [buffers[0]], Output = buffers[1], OutputGradient = buffers[2], InputGradient = buffers[3] });
        using IProgram program = device.Link([new Step(op, Phase.Forward, "x"), new Step(op, Phase.Backward, "x")], timed: false);
        program.Run(default);
        program.Wait();
        var all = new double[8];
        memory.View(0, Doubles(8)).Read(all);
        Assert.Equal([1, 2, 1, 2, 3, 4, 3, 4], all);
    }

    [Fact]
    public void What_was_disposed_of_says_so()
    {
        var device = new ReferenceDevice();
        IDeviceMemory memory = device.Allocate(64);
        IBuffer buffer = memory.View(0, Doubles(2));
        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Read(new double[2]));
        Assert.Throws<ObjectDisposedException>(() => memory.View(0, Doubles(2)));
        device.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Allocate(8));
        Assert.Throws<ObjectDisposedException>(() => device.TryCreate(Relu()));
        Assert.Throws<ObjectDisposedException>(() => device.Link([], timed: false));
    }

    [Fact]
    public void A_chain_of_layers_and_an_unknown_layer_are_not_run_as_one()
    {
        using var device = new ReferenceDevice();
        Region one = Relu();
        using IOperator? op = device.TryCreate(one);
        Assert.NotNull(op);
        Assert.Null(device.TryCreate(one with { Layers = [one.Layers[0], one.Layers[0]] }));
        Assert.Null(device.TryCreate(one with { Layers = [new ShapedLayer(new OddLayer("odd"), one.Layers[0].Inputs, one.Layers[0].Output)] }));
        Network network = new NetworkBuilder("odd", 1, 2, 2).Add(new OddLayer("strange")).Build();
        var error = Assert.Throws<NotSupportedException>(() => network.Compile(device, network.CreateParameters()));
        Assert.Equal("Device 'reference' cannot run layer 'strange' (odd).", error.Message);
    }

    [Fact]
    public void Operators_are_bound_once_with_buffers_of_this_device_in_the_right_format()
    {
        using var device = new ReferenceDevice();
        using IDeviceMemory memory = device.Allocate(64);
        using IOperator op = device.TryCreate(Relu())!;
        var error = Assert.Throws<ArgumentException>(() => device.Link([new Step(op, Phase.Forward, "relu")], timed: false));
        Assert.Equal("The operator of layer 'relu' is not bound.", error.Message);
        Assert.Throws<ArgumentException>(() => op.Bind(new Bindings { Inputs = [memory.View(0, Doubles(4))], Output = memory.View(32, Doubles(1, 4)) }));
        op.Bind(new Bindings { Inputs = [memory.View(0, Doubles(1, 4))], Output = memory.View(32, Doubles(1, 4)) });
        Assert.Throws<InvalidOperationException>(() => op.Bind(new Bindings()));
        using var foreign = new ForeignOperator();
        error = Assert.Throws<ArgumentException>(() => device.Link([new Step(foreign, Phase.Forward, "other")], timed: false));
        Assert.Equal("The operator of layer 'other' is not one of the reference device.", error.Message);
    }

    [Fact]
    public void Steps_are_timed_where_that_was_asked_for()
    {
        Network network = new NetworkBuilder("timed", 3, 16, 16).Convolution("conv", 8, 5).Relu().FullyConnected("fc", 10).L2Loss().Build();
        using var device = new ReferenceDevice();
        Parameters parameters = network.CreateParameters();
        using Executable timed = network.Compile(device, parameters, new CompileOptions { Mode = ExecutionMode.Gradients, Timed = true });
        timed.SetInput(new float[3 * 16 * 16]);
        timed.ForwardBackward();
        IReadOnlyList<StepTiming> timings = timed.ReadTimings();
        Assert.Equal(["conv", "conv/relu", "fc", "loss", "loss", "fc", "conv/relu", "conv"], timings.Select(t => t.Work.Layer));
        Assert.All(timings, t => Assert.InRange(t.Seconds, double.Epsilon, 60));
        using IProgram untimed = device.Link([], timed: false);
        Assert.Throws<InvalidOperationException>(() => untimed.ReadStepSeconds([]));
        using IProgram empty = device.Link([], timed: true);
        Assert.Throws<ArgumentException>(() => empty.ReadStepSeconds(new double[1]));
    }

    [Fact]
    public void A_label_that_is_no_class_is_named()
    {
        Network network = new NetworkBuilder("labels", 3, 1, 1).Flatten().SoftmaxCrossEntropy().Build();
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(
            device, network.CreateParameters(), new CompileOptions { Batch = 2, Mode = ExecutionMode.Gradients, InputGradient = true });
        executable.SetInput(new double[6]);
        var error = Assert.Throws<InvalidOperationException>(executable.ForwardBackward);
        Assert.Contains("labels", error.Message, StringComparison.Ordinal);
        foreach (int wrong in new[] { 3, -1 })
        {
            var refused = Assert.Throws<ArgumentException>(() => executable.SetLabels([0, wrong]));
            Assert.Contains($"0 to 2, not {wrong}", refused.Message, StringComparison.Ordinal);
        }

        executable.SetLabels([0, 2]);
        executable.ForwardBackward();
        Assert.Equal(Math.Log(3), executable.ReadLoss(), 1e-15);

        // Past the check of the executable, straight into the buffer.
        executable.GetValue(Network.LabelsName).Write((ReadOnlySpan<int>)[0, 3]);
        error = Assert.Throws<InvalidOperationException>(executable.ForwardBackward);
        Assert.Equal("Layer 'loss': a label is 0 to 2, not 3.", error.Message);
    }

    private sealed record OddLayer(string Name) : Layer(Name)
    {
        public override string Kind => "odd";

        public override Shape InferShape(IReadOnlyList<Shape> inputs) => inputs[0];
    }

    private sealed class ForeignOperator : IOperator
    {
        public OperatorNeeds Needs { get; } = new() { Inputs = [], Output = Doubles(1) };

        public string Algorithm => "none";

        public void Bind(Bindings bindings) { }

        public void Dispose() { }
    }
}
