using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator;

/// <summary>The one place where the simulated libraries are put together.</summary>
internal static class SimulatedLibraries
{
    public static CudaLibraries Create(ICudaDriver driver, ISimulatorCore core) =>
        throw new NotSupportedException($"The simulated cuBLAS and cuDNN for {core.Options.Gpus.Count} GPUs behind {driver} are not part of this build.");
}
