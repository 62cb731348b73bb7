using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>The next images are set while a step runs, which must not see them; every hazard between the streams is watched for.</summary>
public sealed class OverlapTests
{
    private static readonly string[] s_cases = [.. LayerCases.Names.Select(row => (string)row.Data).Where(name => name.StartsWith("conv", StringComparison.Ordinal)).Take(4)];

    public static TheoryData<Place> Places => [.. TestDevice.Places];

    [Theory]
    [MemberData(nameof(Places))]
    public void Images_set_while_a_step_runs_are_those_of_the_next(Place place)
    {
        Assert.Equal(4, s_cases.Length);
        foreach (string name in s_cases)
        {
            LayerCase layer = LayerCases.Get(name);
            using TestDevice device = TestDevice.Open(place, TestDevice.Repeatable(place));
            using Executable executable = layer.Network.Compile(device.Device, layer.CreateParameters(), layer.Options);
            double[][] batches = [.. Enumerable.Range(0, 5).Select(k => layer.Input.Select(x => x * (k + 1)).ToArray())];
            NetworkResult[] expected = [.. batches.Select(batch => Run(executable, layer, batch))];

            // The first batch; then each next one is set before the step before it is waited for.
            executable.SetInput(batches[0]);
            for (int k = 0; k < batches.Length; k++)
            {
                executable.StepNumber = layer.Step;
                executable.BeginForwardBackward();
                if (k + 1 < batches.Length) executable.SetInput(batches[k + 1]);
                executable.Wait();
                TensorAssert.Close(expected[k], NetworkRunner.Read(executable), 0, $"{name}, batch {k}");
            }
        }
    }

    private static NetworkResult Run(Executable executable, LayerCase layer, double[] batch)
    {
        executable.SetInput(batch);
        if (layer.Labels is not null) executable.SetLabels(layer.Labels);
        executable.StepNumber = layer.Step;
        executable.ForwardBackward();
        return NetworkRunner.Read(executable);
    }
}
