namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/sgd.cu: SGD with momentum and weight decay, as PyTorch's; float32 weights, gradients of any storage.</summary>
public static class SgdKernels
{
    /// <summary>v = momentum v + (g / loss scale + decay w); w -= learning rate v. Learning rate, loss scale and skip flag come from the state.</summary>
    /// <param name="weights">count floats, updated.</param>
    /// <param name="velocities">count floats, updated.</param>
    /// <param name="gradients">count elements.</param>
    /// <param name="count">Elements.</param>
    /// <param name="momentum">The share of the velocity that is kept.</param>
    /// <param name="decay">The weight decay.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="gradientStorage">Of the gradients.</param>
    /// <param name="copy">Where the new weights are written once more, in <paramref name="copyStorage"/>, or 0.</param>
    /// <param name="copyStorage">Of the copy: 16 bits, and the gradients' unless those are float32. Without a copy it does not matter.</param>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not positive, or there is no such kernel.</exception>
    public static KernelLaunch Update(
        ulong weights,
        ulong velocities,
        ulong gradients,
        long count,
        float momentum,
        float decay,
        ulong state,
        Storage gradientStorage = Storage.Float32,
        ulong copy = 0,
        Storage copyStorage = Storage.Float32)
    {
        if (copy != 0 && (copyStorage == Storage.Float32 || (gradientStorage != Storage.Float32 && gradientStorage != copyStorage)))
        {
            throw new ArgumentException($"with gradients in {gradientStorage}, no kernel copies the weights to {copyStorage}", nameof(copyStorage));
        }

        var plain = gradientStorage == Storage.Float32 && copy == 0;
        KernelArgument[] tensors = [KernelArgument.Pointer(weights), KernelArgument.Pointer(velocities), KernelArgument.Pointer(gradients)];
        LaunchShape.Positive(count, nameof(count));
        return new KernelLaunch(
            "sgd",
            gradientStorage != Storage.Float32 ? "sgd" + gradientStorage.Suffix() : plain ? "sgd" : "sgd_to" + copyStorage.Suffix(),
            LaunchShape.Quads(count),
            new Extent(256),
            0,
            [
                .. plain ? tensors : [.. tensors, KernelArgument.Pointer(copy)],
                KernelArgument.Value(count), KernelArgument.Value(momentum), KernelArgument.Value(decay), KernelArgument.Pointer(state),
            ],
            (8 + gradientStorage.Bytes()) * count,
            (copy != 0 ? 10 : 8) * count);
    }
}
