namespace AlexNetCuda.Devices;

/// <summary>The state of a dynamic loss scale.</summary>
/// <param name="Scale">The loss is multiplied by it before the next backward pass; a power of two.</param>
/// <param name="FiniteSteps">The steps in a row whose gradients were finite.</param>
public readonly record struct LossScale(float Scale, uint FiniteSteps);

/// <summary>A device that may scale the loss, so that 16-bit gradients do not vanish, and finds the scale as it goes: it is part of what a run is resumed from.</summary>
public interface ILossScaling
{
    /// <summary>The loss scale; null where the device, as it was made, scales nothing. Set between runs.</summary>
    /// <exception cref="InvalidOperationException">A scale is set where the device scales nothing, or none where it does.</exception>
    LossScale? LossScale { get; set; }
}
