using AlexNetCuda.Devices;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class ExecutionTests
{
    private static readonly string[] Layers = ["conv1", "conv1/relu", "lrn1", "pool1", "conv2", "conv2/relu", "fc3", "fc3/relu", "fc4", "probabilities"];

    public static TheoryData<string> Devices => [.. Small.DeviceNames];

    private static Executable Compile(IDevice device, CompileOptions options, bool dropout = false)
    {
        Network network = Small.Network(dropout);
        return Small.Compile(network, device, Small.Parameters(network), options);
    }

    private static Dictionary<string, double[]> Values(string name, CompileOptions options, IEnumerable<string> layers)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Compile(device, options);
        if (options.Mode == ExecutionMode.Inference) executable.Forward();
        else executable.ForwardBackward();
        return layers.ToDictionary(l => l, l => NetworkRunner.Read(executable.GetValue(l)));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void What_is_kept_and_what_is_fused_changes_no_output(string name)
    {
        foreach (ExecutionMode mode in new[] { ExecutionMode.Inference, ExecutionMode.Gradients })
        {
            var options = new CompileOptions { Batch = 4, Mode = mode, Target = "probabilities" };
            Dictionary<string, double[]> all = Values(name, options with { Keep = Layers, Fuse = false }, Layers);
            foreach (string layer in Layers)
            {
                foreach (bool fuse in new[] { false, true })
                {
                    // Kept, and as the target, beside nothing else: every other tensor's memory is used again.
                    TensorAssert.Close(all[layer], Values(name, options with { Keep = [layer], Fuse = fuse }, [layer])[layer], Small.Tolerance(name), layer);
                    TensorAssert.Close(all[layer], Values(name, options with { Target = layer, Fuse = fuse }, [layer])[layer], Small.Tolerance(name), layer);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Fusing_and_keeping_change_no_gradient(string name)
    {
        CompileOptions options = Small.Gradients with { InputGradient = true };
        NetworkResult expected = Run(options with { Fuse = false });
        TensorAssert.Close(expected, Run(options), Small.Tolerance(name), "fused");
        TensorAssert.Close(expected, Run(options with { Keep = Layers }), Small.Tolerance(name), "all kept");
        TensorAssert.Close(expected, Run(Small.Training with { InputGradient = true }), Small.Tolerance(name), "training");

        NetworkResult Run(CompileOptions options)
        {
            using IDevice device = Small.Device(name);
            using Executable executable = Compile(device, options);
            executable.ForwardBackward();
            return NetworkRunner.Read(executable);
        }
    }

    [Fact]
    public void A_device_that_fuses_runs_fewer_steps_unless_told_not_to()
    {
        using IDevice device = Small.Device("cpu");
        Assert.Equal(["conv1", "conv2", "fc3", "fc4", "probabilities"], Steps(new CompileOptions())); // conv1 with relu, lrn1 and pool1
        Assert.Equal(Layers, Steps(new CompileOptions { Fuse = false }));
        Assert.Equal(["conv1", "conv1/relu", "lrn1", "conv2", "fc3", "fc4", "probabilities"], Steps(new CompileOptions { Keep = ["conv1"] }));
        Assert.Equal(["conv1", "lrn1", "pool1", "conv2", "fc3", "fc4", "probabilities"], Steps(new CompileOptions { Keep = ["lrn1"] }));
        Assert.Equal(["conv1", "conv2"], Steps(new CompileOptions { Target = "conv2/relu" }));
        Assert.Equal(["conv1", "conv2", "fc3", "fc4", "loss", "probabilities"], Steps(new CompileOptions { WithLoss = true }));

        string[] Steps(CompileOptions options)
        {
            using Executable executable = Compile(device, options);
            return [.. executable.ForwardWork.Select(w => w.Layer)];
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_run_leaves_nothing_behind_for_the_next(string name)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Compile(device, Small.Gradients with { InputGradient = true });
        executable.ForwardBackward();
        NetworkResult first = NetworkRunner.Read(executable);
        executable.SetInput(Small.Images(4, "others"));
        executable.SetLabels([0, 0, 0, 0]);
        executable.ForwardBackward();
        Assert.NotEqual(first.Output, NetworkRunner.Read(executable).Output);
        executable.SetInput(Small.Images(4));
        executable.SetLabels(Small.Labels);
        executable.ForwardBackward();
        TensorAssert.Close(first, NetworkRunner.Read(executable), 0, "the first again");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Predict_sets_runs_and_reads(string name)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Compile(device, new CompileOptions { Batch = 4 });
        float[] output = executable.Predict(Small.Images(4, "others"));
        Assert.Equal(new Shape(4, 5), executable.OutputShape);
        Assert.All(output.Chunk(5), row => Assert.Equal(1, row.Sum(v => (double)v), 1e-6));
        var read = new float[20];
        executable.ReadOutput(read);
        Assert.Equal(output, read);
        executable.SetInput([.. Small.Images(4, "others").Select(v => (double)v)]);
        executable.Forward();
        executable.ReadOutput(read);
        Assert.Equal(output, read);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_loss_is_the_same_with_and_without_gradients(string name)
    {
        using IDevice device = Small.Device(name);
        using Executable inference = Compile(device, new CompileOptions { Batch = 4, WithLoss = true }), gradients = Compile(device, Small.Gradients);
        double[] probabilities = Small.Forward(inference);
        gradients.ForwardBackward();
        Assert.Equal(inference.ReadLoss(), gradients.ReadLoss());
        Assert.Equal(-Small.Labels.Select((label, n) => Math.Log(probabilities[(n * 5) + label])).Average(), inference.ReadLoss(), 1e-6);
        Assert.Equal("fc4", gradients.Target); // what the loss is taken of
        Assert.Equal("probabilities", inference.Target);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_step_number_the_seed_and_nothing_else_make_the_dropout_mask(string name)
    {
        using IDevice device = Small.Device(name);
        CompileOptions options = Small.Gradients with { Dropout = true, Target = "drop3" };
        using Executable executable = Compile(device, options, dropout: true), seeded = Compile(device, options with { Seed = 1 }, dropout: true);
        double[] step5 = At(executable, 5);
        Assert.Equal(6u, executable.StepNumber);
        Assert.Equal(step5, At(executable, 5));
        Assert.NotEqual(step5, At(executable, 6));
        Assert.NotEqual(step5, At(seeded, 5));
        Assert.InRange(step5.Count(v => v == 0), 1, 39);
        executable.StepNumber = 5;
        Assert.Equal(step5, Small.Forward(executable));
        Assert.Equal(5u, executable.StepNumber); // a forward pass alone is no step

        static double[] At(Executable executable, uint step)
        {
            executable.StepNumber = step;
            executable.ForwardBackward();
            return NetworkRunner.Read(executable.GetValue("drop3"));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Dropout_is_on_in_training_and_off_else_if_nothing_is_said(string name)
    {
        using IDevice device = Small.Device(name);
        Assert.False(Drops(new CompileOptions { Batch = 4 }));
        Assert.False(Drops(Small.Gradients));
        Assert.True(Drops(Small.Training));
        Assert.True(Drops(new CompileOptions { Batch = 4, Dropout = true }));
        Assert.True(Drops(Small.Gradients with { Dropout = true }));
        Assert.False(Drops(Small.Training with { Dropout = false }));

        bool Drops(CompileOptions options)
        {
            using Executable executable = Compile(device, options with { Keep = ["fc3/relu"], Target = "drop3" }, dropout: true);
            double[] output = Small.Forward(executable), input = NetworkRunner.Read(executable.GetValue("fc3/relu"));
            Assert.Contains(input, v => v > 0);
            return !output.SequenceEqual(input);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Each_training_step_counts_and_has_a_mask_of_its_own(string name)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Compile(device, Small.Training with { Target = "drop3" }, dropout: true);
        var masks = new List<double[]>();
        for (int i = 0; i < 2; i++)
        {
            executable.TrainingStep(0);
            masks.Add(NetworkRunner.Read(executable.GetValue("drop3")));
        }

        Assert.Equal(2u, executable.StepNumber);
        Assert.NotEqual(masks[0], masks[1]);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_step_that_is_begun_and_waited_for_is_the_step_that_waits(string name)
    {
        using IDevice device = Small.Device(name);
        Assert.Equal(Outputs(begin: false), Outputs(begin: true));

        double[] Outputs(bool begin)
        {
            using Executable executable = Compile(device, Small.Training with { Sgd = new SgdOptions(0) });
            executable.Wait(); // nothing was begun
            for (int i = 0; i < 3; i++)
            {
                if (begin)
                {
                    executable.BeginTrainingStep(0.01f);
                    executable.BeginForwardBackward(); // waits for the step before
                    executable.BeginForward();
                    executable.Wait();
                }
                else
                {
                    executable.TrainingStep(0.01f);
                    executable.ForwardBackward();
                    executable.Forward();
                }
            }

            Assert.Equal(6u, executable.StepNumber);
            return NetworkRunner.Read(executable.GetValue(executable.Target));
        }
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("cpu")]
    public void Timings_are_those_of_the_steps_of_the_last_run(string name)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Compile(device, Small.Training with { Timed = true, Fuse = false });
        string[] forward = [.. Layers[..^1], "loss"], parameters = [.. executable.Network.Parameters.Select(p => p.Name)];
        executable.Forward();
        Assert.Equal(forward, Of(Phase.Forward));
        Assert.Empty(Of(Phase.Backward));
        executable.ForwardBackward();
        Assert.Equal(forward, Of(Phase.Forward));
        Assert.Equal(forward.Reverse(), Of(Phase.Backward));
        Assert.Empty(Of(Phase.Update));
        executable.TrainingStep(0.1f);
        Assert.Equal(parameters.Order(), Of(Phase.Update).Distinct().Order());
        Assert.Equal(executable.ForwardWork.Select(w => w.Layer), executable.ReadTimings().Where(t => t.Work.Phase == Phase.Forward).Select(t => t.Work.Layer));
        Assert.All(executable.ReadTimings(), t => Assert.InRange(t.Seconds, 0, 60));
        Assert.True(executable.ReadTimings().Sum(t => t.Seconds) > 0);

        string[] Of(Phase phase) => [.. executable.ReadTimings().Where(t => t.Work.Phase == phase).Select(t => t.Work.Layer)];
    }

    [Fact]
    public void The_work_of_each_step_is_counted_by_hand()
    {
        using IDevice device = Small.Device("reference");
        using Executable executable = Compile(device, Small.Gradients with { Timed = true });
        executable.ForwardBackward();
        Dictionary<(string, Phase), StepWork> work = executable.ReadTimings().ToDictionary(t => (t.Work.Layer, t.Work.Phase), t => t.Work);
        // Two operations a multiply-add, batch 4. conv1: 8 filters of 27 taps over 81 pixels; conv2: 12 of 4 * 9 taps over 16; fc3: 192 to 10; fc4: 10 to 5.
        double conv1 = 2.0 * 4 * 8 * 27 * 81, conv2 = 2.0 * 4 * 12 * 36 * 16, fc3 = 2.0 * 4 * 1920, fc4 = 2.0 * 4 * 50;
        Assert.Equal([conv1, conv2, fc3, fc4], Flops(Phase.Forward));
        Assert.Equal([conv1, 2 * conv2, 2 * fc3, 2 * fc4], Flops(Phase.Backward)); // the images' gradient is not asked for
        Assert.Equal((0, 0), (work[("pool1", Phase.Forward)].Flops, work[("lrn1", Phase.Backward)].Flops));
        // Input, output, weights and biases in double precision.
        Assert.Equal(8 * ((4 * 10) + (4 * 5) + 50 + 5), work[("fc4", Phase.Forward)].Bytes);
        Assert.Equal("plain loops", work[("fc4", Phase.Forward)].Algorithm);

        double[] Flops(Phase phase) => [.. new[] { "conv1", "conv2", "fc3", "fc4" }.Select(l => work[(l, phase)].Flops)];
    }

    [Theory]
    [InlineData(ExecutionMode.Inference)]
    [InlineData(ExecutionMode.Gradients)]
    [InlineData(ExecutionMode.Training)]
    public void A_step_allocates_nothing_on_its_thread(ExecutionMode mode)
    {
        using IDevice device = Small.Device("cpu");
        using Executable executable = Compile(device, new CompileOptions { Batch = 4, Mode = mode, WithLoss = true });
        Action step = mode switch
        {
            ExecutionMode.Inference => executable.Forward,
            ExecutionMode.Gradients => executable.ForwardBackward,
            _ => () => executable.TrainingStep(0.01f),
        };
        // Which parts of a step this thread does, and so what it does for the first time, depends on the other threads: what a step itself allocates shows every time.
        long least = long.MaxValue;
        for (int run = 0; run < 4; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 5; i++) step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
