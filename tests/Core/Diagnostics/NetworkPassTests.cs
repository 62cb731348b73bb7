using System.Globalization;
using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Reference;
using Xunit;

namespace AlexNetCuda.Core.Tests.Diagnostics;

public sealed class NetworkPassTests : IDisposable
{
    private readonly ReferenceDevice _device = new(1);
    private readonly Network _network = new NetworkBuilder("small", 2, 6, 6)
        .Convolution("conv1", 3, 3).Relu().MaxPool("pool1", 2, 2).FullyConnected("fc2", 8).Relu().Dropout(0.5f).FullyConnected("fc3", 4)
        .SoftmaxCrossEntropy().Softmax().Build();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Forward_gives_the_target_and_drops_nothing()
    {
        using NetworkPass pass = Pass(PassKind.Forward, new PassOptions { Batch = 2 });
        Assert.Equal(("softmax", false), (pass.Executable.Target, pass.Executable.Options.Dropout));
        float[] first = Outputs(pass), second = Outputs(pass);
        Assert.Equal(first, second);
        Assert.Equal(2, first.Sum(), 5);
    }

    [Fact]
    public void Forward_backward_computes_every_gradient_and_drops_anew_each_step()
    {
        using NetworkPass pass = Pass(PassKind.ForwardBackward, new PassOptions { Batch = 2, Seed = 5 });
        pass.Step();
        double first = pass.Executable.ReadLoss();
        pass.Step();
        Assert.NotEqual(first, pass.Executable.ReadLoss());
        Assert.Equal(
            ["conv1/biases", "conv1/weights", "fc2/biases", "fc2/weights", "fc3/biases", "fc3/weights"],
            pass.Executable.GradientNames.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_pattern_chooses_the_gradients()
    {
        using NetworkPass pass = Pass(PassKind.ForwardBackward, new PassOptions { Batch = 1, GradientPattern = "conv*" });
        Assert.Equal(["conv1/biases", "conv1/weights"], pass.Executable.GradientNames.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Operations_are_two_a_multiply_add_and_backward_has_two_passes_but_for_the_first_layer()
    {
        const double conv = 2 * 3.0 * 36 * 18, full = 2 * ((27 * 8) + (8 * 4.0));
        using NetworkPass forward = Pass(PassKind.Forward, new PassOptions { Batch = 5 });
        using NetworkPass backward = Pass(PassKind.ForwardBackward, new PassOptions { Batch = 5 });
        Assert.Equal(5 * (conv + full), forward.Flops);
        Assert.Equal(5 * ((2 * conv) + (3 * full)), backward.Flops);
    }

    [Fact]
    public void A_source_that_changes_is_asked_before_every_step_and_one_that_does_not_only_once()
    {
        var changing = new Source(changes: true);
        var constant = new Source(changes: false);
        foreach (Source source in (Source[])[changing, constant])
        {
            using NetworkPass pass = Pass(PassKind.ForwardBackward, new PassOptions { Batch = 1 }, source);
            pass.Time(new TimingProtocol(new TimingOptions { Steps = 3, BurnIn = 1 }, TextWriter.Null));
        }

        Assert.Equal((5, 1), (changing.Asked, constant.Asked));
    }

    [Fact]
    public void Layers_are_timed_over_the_steps_that_count()
    {
        var layers = new LayerTimes();
        using NetworkPass pass = Pass(PassKind.ForwardBackward, new PassOptions { Batch = 1, Timed = true });
        pass.Time(new TimingProtocol(new TimingOptions { Steps = 2, BurnIn = 1 }, TextWriter.Null), layers);
        Assert.Equal(["conv1", "conv1/relu", "pool1", "fc2", "fc2/relu", "fc2/relu/dropout", "fc3", "loss"], layers.Rows.Select(r => r.Layer));
        Assert.All(layers.Rows, row => Assert.True(row.Forward is not null && row.Backward is not null));
        Assert.Equal(layers.TotalSeconds, layers.Rows.Sum(r => r.Seconds), 12);
    }

    [Fact]
    public void Layer_times_are_means_with_the_rate_that_fits_the_layer()
    {
        var layers = new LayerTimes();
        StepWork conv = new("conv1", Phase.Forward, "direct", 6e9, 1e9), pool = new("pool1", Phase.Forward, "plain", 0, 4e9);
        StepWork back = new("conv1", Phase.Backward, "direct", 12e9, 2e9);
        layers.Add([new StepTiming(conv, 1), new StepTiming(pool, 2), new StepTiming(back, 5)]);
        layers.Add([new StepTiming(conv, 3), new StepTiming(pool, 2), new StepTiming(back, 7)]);
        Assert.Equal(
            [
                new LayerTime("conv1", "direct", new PhaseTime(2, 6e9, 1e9), new PhaseTime(6, 12e9, 2e9)),
                new LayerTime("pool1", "plain", new PhaseTime(2, 0, 4e9), null),
            ],
            layers.Rows);
        Assert.Equal((3.0, 2.0, 2.0), (layers.Rows[0].Forward!.Value.Rate, layers.Rows[0].Backward!.Value.Rate, layers.Rows[1].Forward!.Value.Rate));
        Assert.Equal(10, layers.TotalSeconds);
        Assert.Throws<ArgumentException>(() => layers.Add([new StepTiming(conv, 1)]));
    }

    [Fact]
    public void A_random_batch_is_normal_repeatable_and_has_labels_of_the_classes()
    {
        var images = new float[40_000];
        var labels = new int[400];
        new RandomBatch(_network, 3).Next(images, labels);
        SampleStatistics statistics = SampleStatistics.Of([.. images.Select(v => (double)v)]);
        Assert.Equal(0, statistics.Mean, 0.003);
        Assert.Equal(0.1, statistics.StandardDeviation, 0.002);
        Assert.Equal([0, 1, 2, 3], labels.Distinct().Order());

        var again = new float[images.Length];
        new RandomBatch(_network, 3).Next(again, labels);
        Assert.Equal(images, again);
        new RandomBatch(_network, 4).Next(again, labels);
        Assert.NotEqual(images, again);
    }

    [Fact]
    public void The_machine_is_described_in_a_line()
    {
        MachineInfo machine = MachineInfo.Current;
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.True(machine.MemoryBytes > 0);
        Assert.NotEmpty(machine.Cpu);
        string line = machine.ToString();
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{machine.Cores} cores"), line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    private NetworkPass Pass(PassKind kind, PassOptions options, BatchSource? source = null) =>
        new(kind, _network, _device, _network.CreateParameters(1), options, source);

    private static float[] Outputs(NetworkPass pass)
    {
        pass.Step();
        var output = new float[pass.Executable.OutputShape.Count];
        pass.Executable.ReadOutput(output);
        return output;
    }

    private sealed class Source(bool changes) : BatchSource
    {
        public int Asked { get; private set; }

        public override bool Changes => changes;

        public override void Next(Span<float> images, Span<int> labels)
        {
            Asked++;
            images.Fill(1);
            labels.Fill(2);
        }
    }
}
