using System.Collections.Concurrent;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>
/// The devices every test body runs on: the PTX machine in several schedules and both convergence modes, all checkers on, and a GPU
/// where one is found.
/// </summary>
internal static class Devices
{
    private static readonly MachineOptions[] s_schedules =
    [
        new() { Checks = Checks.All, Convergence = Convergence.Converging, Seed = 0 },
        new() { Checks = Checks.All, Convergence = Convergence.Independent, Seed = 1 },
        new() { Checks = Checks.All, Convergence = Convergence.Converging, Seed = 20121203, Approximation = Approximation.Seeded },
    ];

    private static readonly AsyncLocal<Func<KernelDevice>?> s_instead = new();

    private static readonly ConcurrentDictionary<MachineOptions, ConcurrentBag<KernelRunner>> s_idle = [];

    private static readonly Lazy<DriverKernels?> s_gpu = new(DriverKernels.FindGpu);

    /// <summary>Runs a body on every device.</summary>
    internal static void ForEach(Action<KernelDevice> body) => Each(s_schedules, body);

    /// <summary>Runs a body whose outcome no schedule can change, and that is long, on one machine, and on a GPU where one is found.</summary>
    internal static void Any(Action<KernelDevice> body) => Each(s_schedules.AsSpan(0, 1), body);

    /// <summary>Until the result is disposed of, bodies run once, on the device that a function makes for each.</summary>
    internal static IDisposable Instead(Func<KernelDevice> make)
    {
        s_instead.Value = make;
        return new End(() => s_instead.Value = null);
    }

    /// <summary>Until the result is disposed of, bodies run on one machine with the given PTX instead.</summary>
    /// <param name="ptx">The PTX that has a kernel, by module and kernel: asked for once, when the kernel is first launched.</param>
    /// <param name="options">How the machine behaves.</param>
    internal static IDisposable Mutant(Func<string, string, string> ptx, MachineOptions options)
    {
        var runner = new KernelRunner(options, key => ptx(key.Split('/')[0], key.Split('/')[1]));
        var shown = Instead(() => new PtxDevice(runner) { KernelsAreModules = true });
        return new End(() =>
        {
            shown.Dispose();
            runner.Dispose();
        });
    }

    private static void Each(ReadOnlySpan<MachineOptions> schedules, Action<KernelDevice> body)
    {
        if (s_instead.Value is { } make)
        {
            using var device = make();
            body(device);
            return;
        }

        foreach (var schedule in schedules)
        {
            using var device = Rent(schedule);
            body(device);
        }

        if (s_gpu.Value is { } gpu)
        {
            using var device = new DriverDevice(gpu);
            body(device);
        }
    }

    private static PtxDevice Rent(MachineOptions schedule)
    {
        var idle = s_idle.GetOrAdd(schedule, _ => []);
        return new PtxDevice(idle.TryTake(out var runner) ? runner : new KernelRunner(schedule), idle.Add);
    }

    private sealed class End(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
