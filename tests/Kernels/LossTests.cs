using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class LossTests
{
    // x - max is rounded (at most 60 * 6e-8), which e^x turns into a relative error; the sum adds less.
    private const double Relative = 1e-5;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 10)]
    [InlineData(2, 257)]
    [InlineData(5, 1000)]
    public void Probabilities_losses_and_gradients_agree_with_double_precision(int rows, int classes)
    {
        var x = Samples.Uniform((long)rows * classes, 51, 30);
        var labels = Enumerable.Range(0, rows).Select(r => r * 7 % classes).ToArray();
        const float LossScale = 128;
        var p = Softmax(x, rows, classes);
        Devices.ForEach(device =>
        {
            var (probabilities, loss, dx) =
                (device.Output<float>(x.Length, "probabilities"), device.Output<float>(rows, "loss"), device.Output<float>(x.Length, "dx"));
            var where = device.Upload(labels, "labels");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, "x"), where, probabilities, loss, rows, classes));
            Compare.Close(p, device.Download<float>(probabilities, x.Length), Relative, 1e-37);   // below: denormals
            var losses = labels.Select((label, r) => -Math.Log(p[(r * classes) + label])).ToArray();
            Compare.Close(losses, device.Download<float>(loss, rows), Relative, 1e-5);   // ln(sum) - (x - max) cancels

            device.Run(LossKernels.CrossEntropyBackward(probabilities, where, dx, rows, classes, device.Upload([new StepState(0, 0, LossScale, 0)], "state")));
            var gradients = p.Select((v, i) => (v - (i % classes == labels[i / classes] ? 1 : 0)) * LossScale / rows).ToArray();
            Compare.Close(gradients, device.Download<float>(dx, x.Length), Relative, 1e-5 * LossScale / rows);
        });
    }

    [Fact]
    public void Any_gradient_of_the_probabilities_becomes_the_scores()
    {
        const int Rows = 3, Classes = 300;
        var p = Softmax(Samples.Uniform(Rows * Classes, 52, 3), Rows, Classes).Select(v => (float)v).ToArray();
        var g = Samples.Uniform(p.Length, 53);
        var expected = p.Select((v, i) => v * (g[i] - Enumerable.Range(i / Classes * Classes, Classes).Sum(j => (double)p[j] * g[j]))).ToArray();
        Devices.ForEach(device =>
        {
            var dx = device.Output<float>(p.Length, "dx");
            device.Run(LossKernels.SoftmaxBackward(device.Upload(p, "p"), device.Upload(g, "g"), dx, Rows, Classes));
            Compare.Close(expected, device.Download<float>(dx, p.Length), 0, 1e-7);   // p is about 1 / 300
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

    [Fact]
    public void NaN_among_the_scores_makes_its_row_NaN_and_no_other()
    {
        var x = Samples.Uniform(3 * 500, 54);
        x[777] = float.NaN;
        Devices.ForEach(device =>
        {
            var (p, loss) = (device.Output<float>(1500, "p"), device.Output<float>(3, "loss"));
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, "x"), device.Upload([1, 2, 3], "labels"), p, loss, 3, 500));
            var rows = device.Download<float>(p, 1500).Chunk(500).ToArray();
            Assert.All(rows[1], v => Assert.True(float.IsNaN(v)));
            Assert.All(rows[0].Concat(rows[2]), v => Assert.True(float.IsFinite(v)));
            Assert.Equal([false, true, false], device.Download<float>(loss, 3).Select(float.IsNaN));
        });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    public void A_label_out_of_range_gives_NaN_for_its_row(int label)
    {
        var x = Samples.Uniform(20, 55);
        Devices.ForEach(device =>
        {
            var (p, loss, dx) = (device.Output<float>(20, "p"), device.Output<float>(2, "loss"), device.Output<float>(20, "dx"));
            var labels = device.Upload([label, 3], "labels");
            device.Run(LossKernels.SoftmaxForward(device.Upload(x, "x"), labels, p, loss, 2, 10));
            device.Run(LossKernels.CrossEntropyBackward(p, labels, dx, 2, 10, device.Upload([new StepState(0, 0, 1, 0)], "state")));
            Assert.Equal([true, false], device.Download<float>(loss, 2).Select(float.IsNaN));
            Assert.Equal(Enumerable.Range(0, 20).Select(i => i < 10), device.Download<float>(dx, 20).Select(float.IsNaN));
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
