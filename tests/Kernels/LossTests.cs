using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class LossTests
{
    // x - max is rounded (at most 60 * 6e-8), which e^x turns into a relative error; the sum adds less.
    private const double Relative = 1e-5;

    public static TheoryData<int, int, Storage> Sizes
    {
        get
        {
            var data = new TheoryData<int, int, Storage>();
            foreach (var storage in Enum.GetValues<Storage>())
            {
                foreach (var (rows, classes) in new[] { (1, 1), (3, 2), (4, 10), (2, 257), (storage == Storage.Float32 ? 5 : 2, 1000) })
                {
                    data.Add(rows, classes, storage);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Probabilities_losses_and_gradients_agree_with_double_precision(int rows, int classes, Storage storage)
    {
        var x = Stored.Round(Samples.Uniform((long)rows * classes, 51, 30), storage);
        var labels = Enumerable.Range(0, rows).Select(r => r * 7 % classes).ToArray();
        const float LossScale = 128;
        var p = Softmax(x, rows, classes);
        Devices.ForEach(device =>
        {
            var (probabilities, loss, dx) =
                (device.Output<float>(x.Length, "probabilities"), device.Output<float>(rows, "loss"), device.Output(x.Length, storage, "dx"));
            var where = device.Upload(labels, "labels");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, storage, "x"), where, probabilities, loss, rows, classes, storage));
            Compare.Close(p, device.Download<float>(probabilities, x.Length), Relative, 1e-37);   // below: denormals
            var losses = labels.Select((label, r) => -Math.Log(p[(r * classes) + label])).ToArray();
            Compare.Close(losses, device.Download<float>(loss, rows), Relative, 1e-5);   // ln(sum) - (x - max) cancels

            var state = device.Upload([new StepState(0, 0, LossScale, 0)], "state");
            device.Run(LossKernels.CrossEntropyBackward(probabilities, where, dx, rows, classes, state, storage));
            var gradients = p.Select((v, i) => (v - (i % classes == labels[i / classes] ? 1 : 0)) * LossScale / rows).ToArray();
            Stored.Close(gradients, device.Download(dx, x.Length, storage), storage, Relative, 1e-5 * LossScale / rows);
        });
    }

    [Theory]
    [InlineData(Storage.Float32)]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void Any_gradient_of_the_probabilities_becomes_the_scores(Storage storage)
    {
        const int Rows = 3, Classes = 300;
        var p = Softmax(Samples.Uniform(Rows * Classes, 52, 3), Rows, Classes).Select(v => (float)v).ToArray();
        var g = Samples.Uniform(p.Length, 53);
        var expected = p.Select((v, i) => v * (g[i] - Enumerable.Range(i / Classes * Classes, Classes).Sum(j => (double)p[j] * g[j]))).ToArray();
        Devices.ForEach(device =>
        {
            var dx = device.Output(p.Length, storage, "dx");
            device.Run(LossKernels.SoftmaxBackward(device.Upload(p, "p"), device.Upload(g, "g"), dx, Rows, Classes, storage));
            Stored.Close(expected, device.Download(dx, p.Length, storage), storage, 0, 1e-7);   // p is about 1 / 300
        });
    }

    [Fact]
    public void Scores_far_apart_neither_overflow_nor_give_NaN()
    {
        float[] x = [1e30f, -1e30f, 0, float.NegativeInfinity, 88, -104, 3e38f, -3e38f];
        var expected = Softmax(x, 2, 4);
        Devices.ForEach(device =>
        {
            var p = device.Output<float>(8, "p");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, "x"), 0, p, 0, 2, 4));
            Compare.Close(expected, device.Download<float>(p, 8), Relative, 1e-37);
        });
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void Scores_at_the_ends_of_16_bits_neither_overflow_nor_give_NaN(Storage storage)
    {
        // A range apart that no half holds, an infinite one, denormals.
        var x = Stored.Round([65504, -65504, 0, float.NegativeInfinity, 6e-8f, -1.2e-7f, 88, -104], storage);
        var expected = Softmax(x, 2, 4);
        Devices.ForEach(device =>
        {
            var p = device.Output<float>(8, "p");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, storage, "x"), 0, p, 0, 2, 4, storage));
            Compare.Close(expected, device.Download<float>(p, 8), Relative, 1e-37);
        });
    }

    [Fact]
    public void A_gradient_beyond_halfs_range_is_infinite_and_not_clamped()
    {
        float[] p = [0.5f, 0.25f, 0.25f];
        Devices.ForEach(device =>
        {
            var dx = device.Output(3, Storage.Float16, "dx");
            var state = device.Upload([new StepState(0, 0, 131072, 0)], "state");
            device.Run(LossKernels.CrossEntropyBackward(device.Upload(p, "p"), device.Upload([0], "labels"), dx, 1, 3, state, Storage.Float16));
            Compare.Same([float.NegativeInfinity, 32768, 32768], device.Download(dx, 3, Storage.Float16));
        });
    }

    [Theory]
    [InlineData(Storage.Float32)]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void NaN_among_the_scores_makes_its_row_NaN_and_no_other(Storage storage)
    {
        var x = Stored.Round(Samples.Uniform(3 * 500, 54), storage);
        x[777] = float.NaN;
        Devices.ForEach(device =>
        {
            var (p, loss) = (device.Output<float>(1500, "p"), device.Output<float>(3, "loss"));
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, storage, "x"), device.Upload([1, 2, 3], "labels"), p, loss, 3, 500, storage));
            var rows = device.Download<float>(p, 1500).Chunk(500).ToArray();
            Assert.All(rows[1], v => Assert.True(float.IsNaN(v)));
            Assert.All(rows[0].Concat(rows[2]), v => Assert.True(float.IsFinite(v)));
            Assert.Equal([false, true, false], device.Download<float>(loss, 3).Select(float.IsNaN));
        });
    }

    [Theory]
    [InlineData(-1, Storage.Float32)]
    [InlineData(10, Storage.Float32)]
    [InlineData(10, Storage.Float16)]
    [InlineData(-1, Storage.BFloat16)]
    public void A_label_out_of_range_gives_NaN_for_its_row(int label, Storage storage)
    {
        var x = Stored.Round(Samples.Uniform(20, 55), storage);
        Devices.ForEach(device =>
        {
            var (p, loss, dx) = (device.Output<float>(20, "p"), device.Output<float>(2, "loss"), device.Output(20, storage, "dx"));
            var labels = device.Upload([label, 3], "labels");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, storage, "x"), labels, p, loss, 2, 10, storage));
            device.Run(LossKernels.CrossEntropyBackward(p, labels, dx, 2, 10, device.Upload([new StepState(0, 0, 1, 0)], "state"), storage));
            Assert.Equal([true, false], device.Download<float>(loss, 2).Select(float.IsNaN));
            Assert.Equal(Enumerable.Range(0, 20).Select(i => i < 10), device.Download(dx, 20, storage).Select(float.IsNaN));
        });
    }

    [Fact]
    public void A_cross_entropy_without_labels_is_refused() =>
        Assert.Throws<ArgumentException>(() => LossKernels.SoftmaxForward(8, 0, 8, 8, 1, 1));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1027, 0)]
    [InlineData(1027, 1)]
    [InlineData(4096, 0)]
    public void The_l2_loss_is_half_the_sum_of_squares_and_its_gradient_the_scaled_input(int count, int skip)
    {
        var x = Samples.Uniform(count, 56);
        Devices.ForEach(device =>
        {
            var (from, dx, result) = (device.Upload(x, "x", skip), device.Output<float>(count, "dx", skip), device.Output<float>(1, "result"));
            var workspace = device.Output<float>(ReduceKernels.WorkspaceFloats(count), "workspace");
            device.Run(ReduceKernels.L2Loss(from, workspace, result, count));
            Compare.Close([x.Sum(v => (double)v * v) / 2], device.Download<float>(result, 1), 1e-6, 0);   // all terms positive
            device.Run(LossKernels.L2Backward(from, dx, count, device.Upload([new StepState(0, 0, 3, 0)], "state")));
            Compare.Same([.. x.Select(v => v * 3)], device.Download<float>(dx, count));
        });
    }

    private static double[] Softmax(float[] x, int rows, int classes)
    {
        var p = new double[x.Length];
        for (var r = 0; r < rows; r++)
        {
            var row = x.AsSpan(r * classes, classes).ToArray();
            double top = row.Max(), sum = row.Sum(v => Math.Exp(v - top));
            for (var i = 0; i < classes; i++)
            {
                p[(r * classes) + i] = Math.Exp(row[i] - top) / sum;
            }
        }

        return p;
    }
}
