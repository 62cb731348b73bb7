using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class SgdTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(2050, 0)]
    [InlineData(1023, 1)]
    public void An_update_is_that_of_PyTorch(int count, int skip)
    {
        var (w, v, g) = (Samples.Uniform(count, 81), Samples.Uniform(count, 82), Samples.Uniform(count, 83, 64));
        const float Rate = 0.05f, Momentum = 0.9f, Decay = 0.01f, LossScale = 64;
        var velocities = v.Select((old, i) => (Momentum * (double)old) + ((g[i] / (double)LossScale) + (Decay * (double)w[i]))).ToArray();
        var weights = w.Select((old, i) => old - (Rate * velocities[i])).ToArray();
        Devices.ForEach(device =>
        {
            var (a, b, c) = (device.Upload(w, "w", skip), device.Upload(v, "v", skip), device.Upload(g, "g", skip));
            device.Run(SgdKernels.Update(a, b, c, count, Momentum, Decay, device.Upload([new StepState(0, Rate, LossScale, 0)], "state")));

            // Three roundings of terms of order 1.
            Compare.Close(velocities, device.Download<float>(b, count), 1e-7, 3e-7);
            Compare.Close(weights, device.Download<float>(a, count), 1e-7, 3e-7);
        });
    }

    [Fact]
    public void The_skip_flag_leaves_weights_and_velocities_alone()
    {
        var (w, v) = (Samples.Uniform(1500, 84), Samples.Uniform(1500, 85));
        var g = Enumerable.Repeat(float.NaN, 1500).ToArray();
        Devices.ForEach(device =>
        {
            var (a, b) = (device.Upload(w, "w"), device.Upload(v, "v"));
            device.Run(SgdKernels.Update(a, b, device.Upload(g, "g"), 1500, 0.9f, 0, device.Upload([new StepState(0, 0.1f, 1, 1)], "state")));
            Assert.Equal(w, device.Download<float>(a, 1500));
            Assert.Equal(v, device.Download<float>(b, 1500));
        });
    }
}
