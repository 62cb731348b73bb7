namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/sgd.cu: SGD with momentum and weight decay, as PyTorch's; float32.</summary>
public static class SgdKernels
{
    /// <summary>v = momentum v + (g / loss scale + decay w); w -= learning rate v. Learning rate, loss scale and skip flag come from the state.</summary>
    /// <param name="weights">count floats, updated.</param>
    /// <param name="velocities">count floats, updated.</param>
    /// <param name="gradients">count floats.</param>
    /// <param name="count">Elements.</param>
    /// <param name="momentum">The share of the velocity that is kept.</param>
    /// <param name="decay">The weight decay.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch Update(
        ulong weights, ulong velocities, ulong gradients, long count, float momentum, float decay, ulong state) => new(
        "sgd",
        "sgd",
        LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))),
        new Extent(256),
        0,
        [
            KernelArgument.Pointer(weights), KernelArgument.Pointer(velocities), KernelArgument.Pointer(gradients),
            KernelArgument.Value(count), KernelArgument.Value(momentum), KernelArgument.Value(decay), KernelArgument.Pointer(state),
        ],
        12 * count,
        8 * count);
}
