using System.Text;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/dropout.cu; float32 in NCHW, 16 bits in NCHW and NHWC.</summary>
public static class DropoutKernels
{
    /// <summary>
    /// y = x / keep where the mask keeps an element, else 0; forward (x, y) and backward (dy, dx) alike. The mask is Philox4x32-10's
    /// of the seed, the layer's name and the step in the state.
    /// </summary>
    /// <param name="x">The input, in NCHW order.</param>
    /// <param name="y">The output; may be x.</param>
    /// <param name="count">Elements.</param>
    /// <param name="keep">The probability to keep an element, above 0, at most 1.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="layer"><see cref="NameHash"/> of the layer's name.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="storage">Of x and y.</param>
    /// <exception cref="ArgumentOutOfRangeException">count or keep is out of range.</exception>
    public static KernelLaunch Dropout(
        ulong x, ulong y, long count, float keep, ulong seed, uint layer, ulong state, Storage storage = Storage.Float32) => Launch(
        "dropout" + storage.Suffix(),
        LaunchShape.Runs(LaunchShape.Positive(count, nameof(count)), storage),
        x,
        y,
        [KernelArgument.Value(count)],
        (keep, seed, layer, state),
        storage.Bytes() * count);

    /// <summary>The same of images in any layout: the mask is that of the elements' NCHW order.</summary>
    /// <param name="x">The input.</param>
    /// <param name="y">The output; may be x.</param>
    /// <param name="shape">Images, channels, and elements of a plane.</param>
    /// <param name="keep">The probability to keep an element, above 0, at most 1.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="layer"><see cref="NameHash"/> of the layer's name.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="storage">Of x and y.</param>
    /// <param name="layout">Of x and y.</param>
    /// <exception cref="ArgumentException">A size or keep is out of range, or there is no such kernel.</exception>
    public static KernelLaunch Dropout(
        ulong x, ulong y, ImageShape shape, float keep, ulong seed, uint layer, ulong state, Storage storage, Layout layout)
    {
        LaunchShape.Positive(shape.Images, nameof(shape));
        LaunchShape.Positive(shape.Channels, nameof(shape));
        LaunchShape.Fit((long)shape.Channels * LaunchShape.Positive(shape.Plane, nameof(shape)), nameof(shape));
        var suffix = storage.Suffix(layout);
        if (layout == Layout.Nchw || shape.Plane == 1 || shape.Channels == 1)
        {
            return Dropout(x, y, shape.Count, keep, seed, layer, state, storage);
        }

        var threads = LaunchShape.CeilingDivide(shape.Plane, 4) * (shape.Channels % 8 == 0 ? shape.Channels / 8 : shape.Channels);
        return Launch(
            "dropout" + suffix,
            new Extent((int)LaunchShape.CeilingDivide(threads, 256), Math.Min(shape.Images, LaunchShape.LargestY)),
            x,
            y,
            [KernelArgument.Value(shape.Images), KernelArgument.Value(shape.Channels), KernelArgument.Value(shape.Plane)],
            (keep, seed, layer, state),
            storage.Bytes() * shape.Count);
    }

    /// <summary>FNV-1a, 32 bits, of a name's UTF-8 bytes: what tells the random numbers of one layer from another's.</summary>
    public static uint NameHash(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash;
    }

    private static KernelLaunch Launch(
        string kernel, Extent grid, ulong x, ulong y, KernelArgument[] sizes, (float Keep, ulong Seed, uint Layer, ulong State) mask, long bytes)
    {
        if (!(mask.Keep > 0 && mask.Keep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(mask), mask.Keep, "the probability to keep must be above 0 and at most 1");
        }

        return new KernelLaunch(
            "dropout",
            kernel,
            grid,
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(y), .. sizes, KernelArgument.Value(mask.Keep), KernelArgument.Value(1f / mask.Keep),
                KernelArgument.Value(mask.Seed), KernelArgument.Value(mask.Layer), KernelArgument.Pointer(mask.State),
            ],
            bytes,
            bytes);
    }
}
