using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/average_pool.cu: average pool; float32 in NCHW, 16 bits in NCHW and NHWC.</summary>
public static class AveragePoolKernels
{
    private const string Module = "average_pool";

    /// <summary>y (planes of OutHeight x OutWidth) from x (planes of Height x Width).</summary>
    /// <param name="x">Device address of the input.</param>
    /// <param name="y">Device address of the output.</param>
    /// <param name="shape">The window and the sizes.</param>
    /// <param name="countPadding">Divide by the window's elements inside the padded picture (Bottom and Right of the shape say how far it reaches), not only by those inside the picture.</param>
    /// <param name="storage">Of x and y.</param>
    /// <param name="layout">Of x and y.</param>
    /// <param name="images">How many images the shape's planes make: NHWC has to know.</param>
    /// <exception cref="ArgumentException">A size is out of range, a window lies outside of the picture, or there is no such kernel.</exception>
    public static KernelLaunch Forward(
        ulong x, ulong y, PoolShape shape, bool countPadding, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 1)
    {
        shape.Check();
        return Launch("average_pool_forward", x, y, shape, countPadding, storage, layout, images, shape.Covered, shape.Outputs);
    }

    /// <summary>dx (planes of Height x Width) from dy (planes of OutHeight x OutWidth); every element of dx is written.</summary>
    /// <param name="dy">Device address of the output's gradient.</param>
    /// <param name="dx">Device address of the input's gradient.</param>
    /// <param name="shape">The forward's.</param>
    /// <param name="countPadding">The forward's.</param>
    /// <param name="storage">Of dy and dx.</param>
    /// <param name="layout">Of dy and dx.</param>
    /// <param name="images">How many images the shape's planes make: NHWC has to know.</param>
    /// <exception cref="ArgumentException">A size is out of range, a window lies outside of the picture, or there is no such kernel.</exception>
    public static KernelLaunch Backward(
        ulong dy, ulong dx, PoolShape shape, bool countPadding, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 1)
    {
        shape.Check();
        return Launch("average_pool_backward", dy, dx, shape, countPadding, storage, layout, images, shape.Outputs, shape.Inputs);
    }

    // read, written: elements of a plane.
    private static KernelLaunch Launch(
        string kernel, ulong from, ulong to, PoolShape shape, bool countPadding, Storage storage, Layout layout, int images, long read, long written)
    {
        KernelArgument[] arguments = [KernelArgument.Pointer(from), KernelArgument.Pointer(to)];
        Extent grid;
        if (layout == Layout.Nhwc)
        {
            if (LaunchShape.Positive(images, nameof(images)) > shape.Planes || shape.Planes % images != 0)
            {
                throw new ArgumentException($"{shape.Planes} planes are not those of {images} images", nameof(images));
            }

            var channels = shape.Planes / images;
            var elements = LaunchShape.Fit(written * channels, nameof(shape));
            var threads = channels % 8 == 0 ? elements / 8 : elements;
            grid = new Extent((int)LaunchShape.CeilingDivide(threads, 256), Math.Min(images, LaunchShape.LargestY));
            arguments = [.. arguments, KernelArgument.Structure(new AveragePool(shape, images, countPadding)), KernelArgument.Value(channels)];
        }
        else
        {
            grid = new Extent((int)LaunchShape.CeilingDivide(written, 256), Math.Min(shape.Planes, LaunchShape.LargestY));
            arguments = [.. arguments, KernelArgument.Structure(new AveragePool(shape, shape.Planes, countPadding))];
        }

        return new KernelLaunch(
            Module,
            kernel + storage.Suffix(layout),
            grid,
            new Extent(256),
            0,
            arguments,
            storage.Bytes() * read * shape.Planes,
            storage.Bytes() * written * shape.Planes);
    }

    // AveragePool of kernels/average_pool.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct AveragePool(PoolShape shape, int count, bool countPadding)
    {
        private readonly int _height = shape.Height, _width = shape.Width, _outHeight = shape.OutHeight, _outWidth = shape.OutWidth;
        private readonly int _kernelY = shape.KernelY, _kernelX = shape.KernelX, _strideY = shape.StrideY, _strideX = shape.StrideX;
        private readonly int _top = shape.Top, _left = shape.Left, _count = count, _bottom = countPadding ? shape.Bottom : -1, _right = shape.Right;
    }
}
