using AlexNetCuda.Devices;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class MemoryRequirementsTests
{
    public static TheoryData<string, ExecutionMode> Cases =>
        [.. from device in Small.DeviceNames from mode in Enum.GetValues<ExecutionMode>() select new TheoryDataRow<string, ExecutionMode>(device, mode)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_says_what_compiling_takes(string name, ExecutionMode mode)
    {
        using IDevice device = Small.Device(name);
        Network network = Small.Network(dropout: true);
        var options = new CompileOptions { Batch = 4, Mode = mode, Sgd = new SgdOptions { Momentum = 0.9f } };
        MemoryRequirements planned = network.PlanMemory(device, options);
        using Executable executable = network.Compile(device, Small.Parameters(network), options);
        Assert.Equal((executable.ArenaBytes, executable.ParameterBytes), (planned.ArenaBytes, planned.ParameterBytes));
        Assert.Equal(planned.ArenaBytes + planned.ParameterBytes, planned.TotalBytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Planning_allocates_nothing_and_leaves_nothing_behind(string name, ExecutionMode mode)
    {
        using IDevice device = Small.Device(name);
        var counted = new CountingDevice(device);
        Small.Network().PlanMemory(counted, new CompileOptions { Batch = 4, Mode = mode });
        Assert.Equal((0, 0), (counted.Allocations, counted.Live));
        Assert.True(counted.Calls > 0);
    }

    [Fact]
    public void A_device_that_fails_on_the_way_keeps_nothing()
    {
        using IDevice device = Small.Device("reference");
        var counted = new CountingDevice(device) { FailAt = 3 };
        Assert.Throws<InjectedException>(() => Small.Network().PlanMemory(counted));
        Assert.Equal(0, counted.Live);
    }

    [Fact]
    public void More_images_take_more_activations_and_the_same_parameters()
    {
        using IDevice device = Small.Device("cpu");
        MemoryRequirements one = Small.Network().PlanMemory(device), eight = Small.Network().PlanMemory(device, new CompileOptions { Batch = 8 });
        Assert.True(eight.ArenaBytes > one.ArenaBytes);
        Assert.Equal(one.ParameterBytes, eight.ParameterBytes);
    }

    [Fact]
    public void An_option_that_does_not_fit_is_refused_as_when_compiling()
    {
        using IDevice device = Small.Device("reference");
        Assert.Throws<ArgumentException>(() => Small.Network().PlanMemory(device, new CompileOptions { Target = "nowhere" }));
        Assert.Throws<ArgumentNullException>(() => Small.Network().PlanMemory(null!));
    }
}
