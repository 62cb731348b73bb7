namespace AlexNetCuda;

/// <summary>The device memory that an executable takes; see <see cref="Network.PlanMemory"/>.</summary>
/// <param name="ArenaBytes">For activations, gradients and scratch: <see cref="Executable.ArenaBytes"/>.</param>
/// <param name="ParameterBytes">For the copies of parameters, which other executables on the device may share: <see cref="Executable.ParameterBytes"/>.</param>
public sealed record MemoryRequirements(long ArenaBytes, long ParameterBytes)
{
    /// <summary>Both together.</summary>
    public long TotalBytes => ArenaBytes + ParameterBytes;
}
