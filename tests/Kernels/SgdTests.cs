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

    [Theory]
    [InlineData(5)]
    [InlineData(2050)]
    public void Nesterovs_update_with_a_scale_and_a_factor_is_that_of_PyTorch(int count)
    {
        var (w, v, g) = (Samples.Uniform(count, 84), Samples.Uniform(count, 85), Samples.Uniform(count, 86, 64));
        const float Rate = 0.05f, Momentum = 0.9f, Decay = 0.01f, LossScale = 64, Scale = 0.375f, Factor = 0.5f;
        var changes = g.Select((x, i) => (Scale * (double)x / LossScale) + (Decay * (double)w[i])).ToArray();
        var velocities = v.Select((old, i) => (Momentum * (double)old) + changes[i]).ToArray();
        var weights = w.Select((old, i) => old - (Rate * Factor * (changes[i] + (Momentum * velocities[i])))).ToArray();
        Devices.ForEach(device =>
        {
            foreach (var gradient in new[] { Storage.Float32, Storage.Float16 })
            {
                var (a, b, c) = (device.Upload(w, "w"), device.Upload(v, "v"), device.Upload(g, gradient, "g"));
                var state = device.Upload([new StepState(0, Rate, LossScale, 0, Scale)], "state");
                device.Run(SgdKernels.Update(a, b, c, count, Momentum, Decay, state, gradient, factor: Factor, nesterov: true));

                // Five roundings of terms of order 1; a gradient of 16 bits is off by 2^-11 of itself.
                double own = gradient == Storage.Float32 ? 0 : Scale / 2048.0;
                Compare.Close(velocities, device.Download<float>(b, count), 1e-7, 5e-7 + own);
                Compare.Close(weights, device.Download<float>(a, count), 1e-7, 5e-7 + (2 * Rate * Factor * own));
            }
        });
    }

    [Theory]
    [InlineData(Storage.Float32)]
    [InlineData(Storage.Float16)]
    public void Without_momentum_there_need_be_no_velocities(Storage gradient)
    {
        const float Rate = 0.05f, Decay = 0.01f;
        var (w, g) = (Samples.Uniform(1031, 181), Stored.Round(Samples.Uniform(1031, 182), gradient));
        var weights = w.Select((old, i) => old - (Rate * (g[i] + (Decay * (double)old)))).ToArray();
        Devices.ForEach(device =>
        {
            var a = device.Upload(w, "w");
            var state = device.Upload([new StepState(0, Rate, 1, 0)], "state");
            device.Run(SgdKernels.Update(a, 0, device.Upload(g, gradient, "g"), w.Length, 0, Decay, state, gradient));

            // Two roundings of terms of order 1.
            Compare.Close(weights, device.Download<float>(a, w.Length), 1e-7, 3e-7);
        });
        Assert.Throws<ArgumentException>(() => SgdKernels.Update(1, 0, 1, 4, 0.9f, 0, 1));
    }

    [Fact]
    public void The_loss_scale_is_halved_after_a_step_that_was_not_finite_and_doubled_after_a_run_of_those_that_were() => Devices.ForEach(device =>
    {
        var state = device.Upload([new StepState(7, 0.5f, 4, 1)], "state");
        var steps = device.Upload([5u], "steps");

        // The scale behind each step: a fault, then three finite steps a doubling, up to the limit; at 1 it is not halved.
        foreach (var (skip, scale) in new[] { (1u, 2f), (0u, 2f), (0u, 2f), (0u, 4f), (0u, 4f), (1u, 2f), (1u, 1f), (1u, 1f), (0u, 1f), (0u, 1f), (0u, 2f), (0u, 2f), (0u, 2f), (0u, 4f), (0u, 4f), (0u, 4f), (0u, 6f) })
        {
            var before = new StepState[1];
            device.Peek(state, before);
            var marked = device.Upload([before[0] with { SkipUpdate = skip }], "state");
            device.Run(SgdKernels.UpdateLossScale(marked, steps, 3, 6));
            state = marked;
            Assert.Equal(new StepState(7, 0.5f, scale, 0), device.Download<StepState>(state, 1)[0]);
        }
    });

    public static TheoryData<int, int, Storage, Storage?> Mixed
    {
        get
        {
            var data = new TheoryData<int, int, Storage, Storage?>();
            (Storage Gradient, Storage? Copy)[] kinds =
            [
                (Storage.Float32, Storage.Float16), (Storage.Float32, Storage.BFloat16), (Storage.Float16, Storage.Float16), (Storage.Float16, null),
                (Storage.BFloat16, Storage.BFloat16), (Storage.BFloat16, null),
            ];
            foreach (var (gradient, copy) in kinds)
            {
                foreach (var (count, skip) in new[] { (1, 0), (13, 0), (2061, 0), (1023, 1) })
                {
                    data.Add(count, skip, gradient, copy);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Mixed))]
    public void Float32_weights_take_gradients_of_any_storage_and_leave_a_copy(int count, int skip, Storage gradient, Storage? copy)
    {
        const float Rate = 0.05f, Momentum = 0.9f, Decay = 0.01f, LossScale = 1024;
        var (w, v, g) = (Samples.Uniform(count, 86), Samples.Uniform(count, 87), Stored.Round(Samples.Uniform(count, 88, 1000), gradient));
        var velocities = v.Select((old, i) => (Momentum * (double)old) + ((g[i] / (double)LossScale) + (Decay * (double)w[i]))).ToArray();
        var weights = w.Select((old, i) => old - (Rate * velocities[i])).ToArray();
        Devices.ForEach(device =>
        {
            var (a, b, c) = (device.Upload(w, "w", skip), device.Upload(v, "v", skip), device.Upload(g, gradient, "g", skip));
            var to = copy is { } kind ? device.Output(count, kind, "copy", skip) : 0;
            var state = device.Upload([new StepState(0, Rate, LossScale, 0)], "state");
            device.Run(SgdKernels.Update(a, b, c, count, Momentum, Decay, state, gradient, to, copy ?? Storage.Float32));

            // Three roundings of terms of order 1; the copy is of the very floats.
            Compare.Close(velocities, device.Download<float>(b, count), 1e-7, 3e-7);
            var updated = device.Download<float>(a, count);
            Compare.Close(weights, updated, 1e-7, 3e-7);
            if (copy is { } storage)
            {
                Compare.Same(Stored.Round(updated, storage), device.Download(to, count, storage));
            }
        });
    }

    [Fact]
    public void A_copy_may_lie_anywhere()
    {
        var w = Samples.Uniform(40, 89);
        Devices.ForEach(device =>
        {
            // Weights aligned, the copy not.
            var (a, b, to) = (device.Upload(w, "w"), device.Upload(w, "v"), device.Output(40, Storage.Float16, "copy", 1));
            var state = device.Upload([new StepState(0, 0.1f, 1, 0)], "state");
            device.Run(SgdKernels.Update(a, b, device.Upload(w, Storage.Float32, "g"), 40, 0.9f, 0, state, Storage.Float32, to, Storage.Float16));
            Compare.Same(Stored.Round(device.Download<float>(a, 40), Storage.Float16), device.Download(to, 40, Storage.Float16));
        });
    }

    [Fact]
    public void The_skip_flag_leaves_the_copy_alone_too()
    {
        var (w, v) = (Samples.Uniform(1500, 84), Samples.Uniform(1500, 85));
        var g = Enumerable.Repeat(float.NaN, 1500).ToArray();
        Devices.ForEach(device =>
        {
            foreach (var gradient in Enum.GetValues<Storage>())
            {
                var (a, b, c) = (device.Upload(w, "w"), device.Upload(v, "v"), device.Upload(Stored.Round(w, Storage.BFloat16), Storage.BFloat16, "copy"));
                var state = device.Upload([new StepState(0, 0.1f, 1, 1)], "state");
                var copyStorage = gradient == Storage.Float32 ? Storage.BFloat16 : gradient;
                device.Run(SgdKernels.Update(a, b, device.Upload(g, gradient, "g"), 1500, 0.9f, 0, state, gradient, c, copyStorage));
                Assert.Equal(w, device.Download<float>(a, 1500));
                Assert.Equal(v, device.Download<float>(b, 1500));
                Assert.Equal(Stored.Round(w, Storage.BFloat16), device.Download(c, 1500, Storage.BFloat16));
            }
        });
    }

    [Theory]
    [InlineData(Storage.Float32, Storage.Float32)]
    [InlineData(Storage.Float16, Storage.BFloat16)]
    [InlineData(Storage.BFloat16, Storage.Float32)]
    public void A_copy_that_no_kernel_makes_is_refused(Storage gradient, Storage copy) =>
        Assert.Throws<ArgumentException>(() => SgdKernels.Update(16, 16, 16, 1, 0, 0, 16, gradient, 16, copy));

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
