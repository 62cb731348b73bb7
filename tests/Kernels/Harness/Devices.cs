using System.Collections.Concurrent;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>The devices every test body runs on: the PTX machine in several schedules and both convergence modes, all checkers on.</summary>
internal static class Devices
{
    private static readonly MachineOptions[] s_schedules =
    [
        new() { Checks = Checks.All, Convergence = Convergence.Converging, Seed = 0 },
        new() { Checks = Checks.All, Convergence = Convergence.Independent, Seed = 1 },
        new() { Checks = Checks.All, Convergence = Convergence.Converging, Seed = 20121203, Approximation = Approximation.Seeded },
    ];

    private static readonly AsyncLocal<KernelRunner?> s_mutant = new();

    private static readonly ConcurrentDictionary<MachineOptions, ConcurrentBag<KernelRunner>> s_idle = [];

    /// <summary>Runs a body on every device.</summary>
    internal static void ForEach(Action<KernelDevice> body)
    {
        if (s_mutant.Value is { } mutant)
        {
            using var device = new PtxDevice(mutant);
            body(device);
            return;
        }

        foreach (var schedule in s_schedules)
        {
            using var device = Rent(schedule);
            body(device);
        }
    }

    /// <summary>Until the result is disposed of, bodies run on one machine with the given PTX instead.</summary>
    /// <param name="ptx">The PTX of a module by name.</param>
    /// <param name="options">How the machine behaves.</param>
    internal static IDisposable Mutant(Func<string, string> ptx, MachineOptions options)
    {
        s_mutant.Value = new KernelRunner(options, ptx);
        return new MutantScope();
    }

    private sealed class MutantScope : IDisposable
    {
        public void Dispose()
        {
            s_mutant.Value?.Dispose();
            s_mutant.Value = null;
        }
    }

    /// <summary>One device, for bodies whose outcome no schedule can change and that are long.</summary>
    internal static KernelDevice Any() => Rent(s_schedules[0]);

    private static PtxDevice Rent(MachineOptions schedule)
    {
        var idle = s_idle.GetOrAdd(schedule, _ => []);
        return new PtxDevice(idle.TryTake(out var runner) ? runner : new KernelRunner(schedule), idle.Add);
    }
}

/// <summary>The PTX machine as a device. Whatever a checker reports fails the test.</summary>
/// <param name="runner">Runs launches.</param>
/// <param name="giveBack">Called at the end, when the memory has been freed.</param>
internal sealed class PtxDevice(KernelRunner runner, Action<KernelRunner>? giveBack = null) : KernelDevice
{
    private readonly List<ulong> _allocations = [];

    internal override void Run(KernelLaunch launch)
    {
        ParameterList.Check(launch);
        var result = runner.Run(launch);
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
