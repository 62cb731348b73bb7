using Xunit;

namespace AlexNetCuda.Simulator.Tests;

public sealed class SimulatedGpuTests
{
    [Fact]
    public void An_architecture_is_the_compute_capability_without_its_dot() => Assert.Equal(75, SimulatedGpu.TeslaT4.Architecture);
}
