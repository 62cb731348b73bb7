using Xunit;

namespace AlexNetCuda.Ptx.Tests;

public class LrnTests
{
    private const float Bias = 1, Alpha = 2e-5f;

    [Theory]
    [InlineData("nvrtc", 5, 2, 96, 55, Convergence.Converging, 0)]
    [InlineData("nvrtc", 2, 1, 3, 1, Convergence.Independent, 0)]
    [InlineData("nvrtc", 2, 3, 7, 17, Convergence.Independent, 5)]
    [InlineData("clang", 5, 1, 20, 13, Convergence.Converging, 0)]
    [InlineData("clang", 2, 2, 5, 6, Convergence.Independent, 2)]
    [InlineData("nvrtc", 5, 2, 4, 9, Convergence.Converging, 3)]
    public void Normalisation_across_channels_agrees_with_double_precision(string compiler, int radius, int n, int c, int size,
        Convergence convergence, int seed)
    {
        int plane = size * size;
        float[] x = RandomValues.Singles(n * c * plane, 7);
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All, Convergence = convergence, Seed = seed });
        LoadedKernel kernel = machine.Load(Data.Read(compiler, "lrn"))[$"lrn_forward_r{radius}"];
        ulong input = machine.Memory.Allocate<float>(x, "x"), output = machine.Memory.Allocate(x.Length * 4, "y"),
            scale = machine.Memory.Allocate(x.Length * 4, "scale");
        LaunchResult result =
            machine.Launch(kernel, new LaunchConfiguration(new Extent3((plane + 255) / 256, n), 256), input, output, scale, c, plane,
            Bias, Alpha);
        Assert.Empty(result.Reports);
        float[] y = machine.Memory.Read<float>(output, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            int channel = i / plane % c, rest = i - (channel * plane);
            double sum = 0;
            for (int k = Math.Max(0, channel - radius); k <= Math.Min(c - 1, channel + radius); k++) sum +=
                (double)x[rest + (k * plane)] * x[rest + (k * plane)];
            Assert.Equal(x[i] / Math.Pow(Bias + (Alpha * sum), 0.75), y[i], 1e-5 * Math.Max(1, Math.Abs(x[i])));
        }
    }
}
