using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Dnn;

namespace AlexNetCuda.Simulator;

/// <summary>The one place where the simulated libraries are put together.</summary>
internal static class SimulatedLibraries
{
    public static CudaLibraries Create(ICudaDriver driver, ISimulatorCore core) =>
        new(driver, new SimulatedCublas(core), core.Options.HasCublasLt ? new SimulatedCublasLt(core) : null, new SimulatedCudnn(core));
}
