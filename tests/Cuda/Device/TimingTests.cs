using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

public sealed class TimingTests
{
    [Fact]
    public void Each_step_of_the_last_run_has_a_time()
    {
        LayerCase layer = LayerCases.Get(LayerCases.Names.Select(row => (string)row.Data).First(name => name.StartsWith("conv relu lrn pool", StringComparison.Ordinal)));
        using var simulated = new SimulatedDevice();
        using Executable executable = layer.Network.Compile(simulated.Device, layer.CreateParameters(), layer.Options with { Timed = true });
        executable.SetInput(layer.Input);
        for (int run = 0; run < 3; run++)
        {
            if (layer.Labels is not null) executable.SetLabels(layer.Labels);
            executable.ForwardBackward();
            Assert.All(executable.ReadTimings(), timing => Assert.InRange(timing.Seconds, 1e-9, 1)); // the simulator's clock: a launch takes microseconds
        }

        Assert.Equal(0, simulated.Machine.Counters.GraphLaunches); // a graph could not be timed step by step
    }
}
