namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/sgd.cu: SGD with momentum and weight decay, as PyTorch's; float32 weights, gradients of any storage.</summary>
public static class SgdKernels
{
    /// <summary>
    /// v = momentum v + (scale g / loss scale + decay w); w -= factor learning rate v, or Nesterov's. Learning rate, both scales and the skip flag come from the state.
    /// </summary>
    /// <param name="weights">count floats, updated.</param>
    /// <param name="velocities">count floats, updated; or 0 where the momentum is: they are then 0 and not kept.</param>
    /// <param name="gradients">count elements.</param>
    /// <param name="count">Elements.</param>
    /// <param name="momentum">The share of the velocity that is kept.</param>
    /// <param name="decay">The weight decay.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="gradientStorage">Of the gradients.</param>
    /// <param name="copy">Where the new weights are written once more, in <paramref name="copyStorage"/>, or 0.</param>
    /// <param name="copyStorage">Of the copy: 16 bits, and the gradients' unless those are float32. Without a copy it does not matter.</param>
    /// <param name="factor">The learning rate is multiplied by it.</param>
    /// <param name="nesterov">Whether the momentum is Nesterov's.</param>
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
        Storage copyStorage = Storage.Float32,
        float factor = 1,
        bool nesterov = false)
    {
        if (copy != 0 && (copyStorage == Storage.Float32 || (gradientStorage != Storage.Float32 && gradientStorage != copyStorage)))
        {
            throw new ArgumentException($"with gradients in {gradientStorage}, no kernel copies the weights to {copyStorage}", nameof(copyStorage));
        }

        if (velocities == 0 && momentum != 0)
        {
            throw new ArgumentException("a momentum needs velocities", nameof(velocities));
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
                KernelArgument.Value(count), KernelArgument.Value(momentum), KernelArgument.Value(decay), KernelArgument.Value(factor),
                KernelArgument.Value(nesterov ? 1 : 0), KernelArgument.Pointer(state),
            ],
            ((velocities != 0 ? 8 : 4) + gradientStorage.Bytes()) * count,
            ((velocities != 0 ? 8 : 4) + (copy != 0 ? 2 : 0)) * count);
    }

    /// <summary>The loss scale of the next step, of kernels/loss_scale.cu; behind all updates. Clears the skip flag.</summary>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="steps">Device address of the number of finite steps in a row, 4 bytes, zero at first.</param>
    /// <param name="interval">After so many the scale is doubled.</param>
    /// <param name="largest">The largest scale.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval or the limit is not positive.</exception>
    public static KernelLaunch UpdateLossScale(ulong state, ulong steps, int interval, float largest)
    {
        LaunchShape.Positive(interval, nameof(interval));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(largest);
        return new KernelLaunch(
            "loss_scale",
            "loss_scale_update",
            new Extent(1),
            new Extent(32),
            0,
            [KernelArgument.Pointer(state), KernelArgument.Pointer(steps), KernelArgument.Value(interval), KernelArgument.Value(largest)],
            12,
            12);
    }
}
