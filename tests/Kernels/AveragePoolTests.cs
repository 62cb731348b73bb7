using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class AveragePoolTests
{
    // At most 25 values below 1 are added, each rounding at most 25 * 6e-8.
    private const double Absolute = 1e-6;

    public static TheoryData<int, int, int, int, int, int, int, int, bool> Shapes => new()
    {
        { 1, 1, 1, 1, 1, 1, 1, 0, false },
        { 3, 13, 13, 6, 6, 3, 2, 0, false },
        { 2, 7, 7, 1, 1, 7, 1, 0, false },
        { 2, 15, 9, 8, 5, 2, 2, 0, false },
        { 2, 15, 9, 8, 5, 2, 2, 0, true },
        { 2, 11, 20, 6, 10, 3, 2, 1, false },
        { 2, 11, 20, 6, 10, 3, 2, 1, true },
        { 1, 21, 22, 6, 6, 5, 4, 2, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_and_backward_agree_with_double_precision(
        int planes, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding, bool countPadding)
    {
        var shape = new PoolShape(planes, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        var x = Samples.Uniform((long)planes * height * width, 21);
        var dy = Samples.Uniform((long)planes * outHeight * outWidth, 22);
        Devices.ForEach(device =>
        {
            var (y, dx) = (device.Output<float>(dy.Length, "y"), device.Output<float>(x.Length, "dx"));
            device.Run(AveragePoolKernels.Forward(device.Upload(x, "x"), y, shape, countPadding));
            Compare.Close(PoolReference.AverageForward(x, shape, countPadding), device.Download<float>(y, dy.Length), 0, Absolute);
            device.Run(AveragePoolKernels.Backward(device.Upload(dy, "dy"), dx, shape, countPadding));
            Compare.Close(PoolReference.AverageBackward(dy, shape, countPadding), device.Download<float>(dx, x.Length), 0, Absolute);
        });
    }
}
