using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Times on the device's own clock: of each step, and of a whole run.</summary>
public sealed class TimingTests
{
    private static LayerCase Chain { get; } =
        LayerCases.Get(LayerCases.Names.Select(row => (string)row.Data).First(name => name.StartsWith("conv relu lrn pool", StringComparison.Ordinal)));

    public static TheoryData<Place> Places => [.. TestDevice.Places];

    public static TheoryData<Place, bool> PlacesAndGraphs
    {
        get
        {
            var rows = new TheoryData<Place, bool>();
            foreach (Place place in TestDevice.Places)
                foreach (bool graphs in new[] { true, false }) rows.Add(place, graphs);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Each_step_of_the_last_run_has_a_time(Place place)
    {
        using TestDevice device = TestDevice.Open(place);
        using Executable executable = Compile(device, timed: true);
        for (int run = 0; run < 3; run++)
        {
            executable.ForwardBackward();
            // The simulator's clock: a launch takes microseconds. A GPU's events are half a microsecond apart, and some steps launch nothing.
            Assert.All(executable.ReadTimings(), timing => Assert.InRange(timing.Seconds, place == Place.Gpu ? 0 : 1e-9, 1));
        }

        if (device is SimulatedDevice simulated) Assert.Equal(0, simulated.Machine.Counters.GraphLaunches); // a graph could not be timed step by step
    }

    [Theory]
    [MemberData(nameof(PlacesAndGraphs))]
    public void A_run_is_timed_on_the_device_from_when_it_is_asked_for(Place place, bool graphs)
    {
        using TestDevice device = TestDevice.Open(place, new CudaDeviceOptions { Graphs = graphs });
        using Executable executable = Compile(device, timed: false);
        Assert.Null(executable.ReadDeviceSeconds());
        long marks = Marks();
        executable.ForwardBackward();
        Assert.Null(executable.ReadDeviceSeconds());
        Assert.Equal(marks, Marks()); // not asked for: nothing is recorded

        executable.IsDeviceTimed = true;
        for (int run = 0; run < 3; run++) // the list, unless it is captured here, then the graph
        {
            executable.BeginForwardBackward();
            Assert.InRange(executable.ReadDeviceSeconds()!.Value, 1e-9, 10); // waits
        }

        executable.IsDeviceTimed = false;
        executable.ForwardBackward();
        Assert.Null(executable.ReadDeviceSeconds());
        if (device is SimulatedDevice simulated) Assert.Equal(graphs ? 4 : 0, simulated.Machine.Counters.GraphLaunches);

        long Marks() => device is SimulatedDevice watched ? watched.Machine.Counters.CallsOf("cuEventRecord") : 0;
    }

    private static Executable Compile(TestDevice device, bool timed)
    {
        Executable executable = Chain.Network.Compile(device.Device, Chain.CreateParameters(), Chain.Options with { Timed = timed });
        executable.SetInput(Chain.Input);
        if (Chain.Labels is not null) executable.SetLabels(Chain.Labels);
        return executable;
    }
}
