using System.Text;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/dropout.cu, float32.</summary>
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
    /// <exception cref="ArgumentOutOfRangeException">count or keep is out of range.</exception>
    public static KernelLaunch Dropout(ulong x, ulong y, long count, float keep, ulong seed, uint layer, ulong state)
    {
        if (!(keep > 0 && keep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "must be above 0 and at most 1");
        }

        return new KernelLaunch(
            "dropout",
            "dropout",
            LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(y), KernelArgument.Value(count), KernelArgument.Value(keep),
                KernelArgument.Value(1f / keep), KernelArgument.Value(seed), KernelArgument.Value(layer), KernelArgument.Pointer(state),
            ],
            4 * count,
            4 * count);
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
}
