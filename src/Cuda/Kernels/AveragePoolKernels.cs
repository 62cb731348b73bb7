using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/average_pool.cu: average pool over NCHW planes, float32.</summary>
public static class AveragePoolKernels
{
    private const string Module = "average_pool";

    /// <summary>y (planes of OutHeight x OutWidth) from x (planes of Height x Width).</summary>
    /// <param name="x">Device address of the input.</param>
    /// <param name="y">Device address of the output.</param>
    /// <param name="shape">The window and the sizes.</param>
    /// <param name="countPadding">Divide by the whole window, not only by its elements inside the picture.</param>
    /// <exception cref="ArgumentException">A size is out of range, or a window lies outside of the picture.</exception>
    public static KernelLaunch Forward(ulong x, ulong y, PoolShape shape, bool countPadding)
    {
        shape.Check();
        return new KernelLaunch(
            Module,
            "average_pool_forward",
            Grid(shape.Outputs, shape.Planes),
            new Extent(256),
            0,
            [KernelArgument.Pointer(x), KernelArgument.Pointer(y), KernelArgument.Structure(new AveragePool(shape, countPadding))],
            4 * shape.Covered * shape.Planes,
            4L * shape.Outputs * shape.Planes);
    }

    /// <summary>dx (planes of Height x Width) from dy (planes of OutHeight x OutWidth); every element of dx is written.</summary>
    /// <param name="dy">Device address of the output's gradient.</param>
    /// <param name="dx">Device address of the input's gradient.</param>
    /// <param name="shape">The forward's.</param>
    /// <param name="countPadding">The forward's.</param>
    /// <exception cref="ArgumentException">A size is out of range, or a window lies outside of the picture.</exception>
    public static KernelLaunch Backward(ulong dy, ulong dx, PoolShape shape, bool countPadding)
    {
        shape.Check();
        return new KernelLaunch(
            Module,
            "average_pool_backward",
            Grid(shape.Inputs, shape.Planes),
            new Extent(256),
            0,
            [KernelArgument.Pointer(dy), KernelArgument.Pointer(dx), KernelArgument.Structure(new AveragePool(shape, countPadding))],
            4L * shape.Outputs * shape.Planes,
            4L * shape.Inputs * shape.Planes);
    }

    private static Extent Grid(int elements, int planes) =>
        new((int)LaunchShape.CeilingDivide(elements, 256), Math.Min(planes, LaunchShape.LargestY));

    // AveragePool of kernels/average_pool.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct AveragePool(PoolShape shape, bool countPadding)
    {
        private readonly int _height = shape.Height, _width = shape.Width, _outHeight = shape.OutHeight, _outWidth = shape.OutWidth;
        private readonly int _kernelY = shape.KernelY, _kernelX = shape.KernelX, _strideY = shape.StrideY, _strideX = shape.StrideX;
        private readonly int _top = shape.Top, _left = shape.Left, _count = shape.Planes, _countPadding = countPadding ? 1 : 0;
    }
}
