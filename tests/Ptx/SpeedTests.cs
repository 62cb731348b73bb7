using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>How fast the machine is. Run on a quiet machine by: dotnet run -c Release --project tests/Ptx -- -explicit only
/// -showLiveOutput</summary>
public class SpeedTests
{
    private const int Images = 32, Channels = 96, Plane = 55 * 55;

    [Fact(Explicit = true)]
    public void Normalisation_of_32x96x55x55_runs_at_200_million_thread_instructions_a_second()
    {
        double best = Measure("no checkers", new MachineOptions(), 6);
        Measure("one worker", new MachineOptions { Workers = 1 }, 3);
        Measure("independent lanes", new MachineOptions { Convergence = Convergence.Independent }, 3);
        Measure("meters", new MachineOptions { Metered = true }, 2);
        Measure("out of bounds, misaligned, freed",
            new MachineOptions { Checks = Checks.OutOfBounds | Checks.Misaligned | Checks.UseAfterFree }, 2);
        Measure("all checkers", new MachineOptions { Checks = Checks.All }, 1);
        Assert.True(best >= 200e6, $"{best / 1e6:F0} million thread-instructions a second");
    }

    private static double Measure(string name, MachineOptions options, int times)
    {
        using var machine = new PtxMachine(options);
        LoadedKernel kernel = machine.Load(Data.Read("nvrtc", "lrn"))["lrn_forward_r5"];
        float[] x = RandomValues.Singles(Images * Channels * Plane, 7);
        ulong input = machine.Memory.Allocate<float>(x), output = machine.Memory.Allocate(4L * x.Length),
            scale = machine.Memory.Allocate(4L * x.Length);
        double best = 0;
        for (int i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            LaunchResult result =
                machine.Launch(kernel, new LaunchConfiguration(new Extent3((Plane + 255) / 256, Images), 256), input, output, scale,
                Channels, Plane, 1f, 2e-5f);
            Assert.Empty(result.Reports);
            best = Math.Max(best, result.ThreadInstructions / watch.Elapsed.TotalSeconds);
        }

        Console.WriteLine($"{name}: {best / 1e6:F0} million thread-instructions a second");
        return best;
    }
}
