using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>The PTX machine as a device. Whatever a checker reports fails the test.</summary>
/// <param name="runner">Runs launches.</param>
/// <param name="giveBack">Called at the end, when the memory has been freed.</param>
internal sealed class PtxDevice(KernelRunner runner, Action<KernelRunner>? giveBack = null) : KernelDevice
{
    private readonly List<ulong> _allocations = [];

    /// <summary>Whether the runner knows each kernel as a module of its own, named module/kernel.</summary>
    internal bool KernelsAreModules { get; init; }

    internal override void Run(KernelLaunch launch)
    {
        ParameterList.Check(launch);
        var result = runner.Run(KernelsAreModules ? launch with { Module = $"{launch.Module}/{launch.Kernel}" } : launch);
        Assert.True(result.Reports.Count == 0, string.Join(Environment.NewLine, result.Reports));
    }

    public override void Dispose()
    {
        _allocations.ForEach(runner.Machine.Memory.Free);
        _allocations.Clear();
        giveBack?.Invoke(runner);
    }

    protected override ulong Allocate(int bytes, string name)
    {
        var address = runner.Machine.Memory.Allocate(bytes, name);
        _allocations.Add(address);
        return address;
    }

    protected override void Write<T>(ulong address, T[] values) => runner.Machine.Memory.Write<T>(address, values);

    protected override void Read<T>(ulong address, T[] values) => runner.Machine.Memory.Read<T>(address, values);
}
