using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Every operator of the CUDA device, on the simulator with all its checkers and on a GPU, against the reference device.</summary>
public sealed class CudaLayerTests
{
    // Four times the level of float32 (1e-5): sums of a few thousand terms in any order, as CpuLayerTests says, and what a softmax that is nearly 0 or 1
    // loses by cancellation in float32, where the CPU device computes in double precision.
    private const double Tolerance = 4e-5;

    public static TheoryData<Place, string> Cases
    {
        get
        {
            var cases = new TheoryData<Place, string>();
            foreach (Place place in TestDevice.Places)
                foreach (string name in LayerCases.All.Keys) cases.Add(place, name);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_agrees_with_the_reference_device(Place place, string name)
    {
        LayerCase layer = LayerCases.Get(name);
        NetworkResult expected = Expected(layer);
        using TestDevice device = TestDevice.Open(place);
        NetworkResult actual = layer.Run(device.Device);
        TensorAssert.Close(expected, actual, Tolerance, layer.Name);
        TensorAssert.Close(expected, layer.Run(device.Device, layer.Options with { Fuse = false }), Tolerance, layer.Name + ", not fused");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_as_a_graph_gives_the_same_bits_as_the_list(Place place, string name)
    {
        LayerCase layer = LayerCases.Get(name);
        using TestDevice device = TestDevice.Open(place, TestDevice.Repeatable(place));
        using Executable executable = layer.Network.Compile(device.Device, layer.CreateParameters(), layer.Options);
        executable.SetInput(layer.Input);
        if (layer.Labels is not null) executable.SetLabels(layer.Labels);
        NetworkResult? first = null;
        for (int run = 0; run < 3; run++)
        {
            executable.StepNumber = layer.Step;
            executable.ForwardBackward();
            NetworkResult result = NetworkRunner.Read(executable);
            first ??= result;
            TensorAssert.Close(first, result, 0, $"{name}, run {run}");
        }

        if (device is SimulatedDevice simulated) Assert.Equal(2, simulated.Machine.Counters.GraphLaunches);
    }

    private static NetworkResult Expected(LayerCase layer)
    {
        using var reference = new ReferenceDevice();
        return layer.Run(reference);
    }
}
