using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>A program whose calls are made to fail: it opens a device, compiles a network, trains, reads, and gives everything back, whatever fails.</summary>
internal sealed class FaultyProgram(Network network, int steps) : IDisposable
{
    private static readonly string[] Frees = ["Destroy", "Free", "Unload", "Release"];
    private static readonly string[] LostForBlas = ["gave 1 (CUBLAS_STATUS_NOT_INITIALIZED", "gave 13 (CUBLAS_STATUS_EXECUTION_FAILED"];
    private int _runs;

    /// <summary>A folder for caches, which goes with the program.</summary>
    internal string Folder { get; } = Directory.CreateTempSubdirectory("alexnet-faults-").FullName;

    /// <summary>How much may be left behind where a call of a function fails: what it was to free, else nothing.</summary>
    internal static int Leaks(string function) => Frees.Any(word => function.Contains(word, StringComparison.Ordinal)) ? 1 : 0;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Runs it. Several threads may, each on a machine of its own.</summary>
    internal Outcome Run(SimulatedCuda machine, CudaDeviceOptions? options = null) =>
        // A folder of its own: algorithms are tried anew.
        Run(machine, (options ?? new CudaDeviceOptions()) with { CacheDirectory = Path.Combine(Folder, $"{Interlocked.Increment(ref _runs)}") }, steps);

    /// <summary>Runs one step of it with the algorithms that an earlier call of this has chosen.</summary>
    internal Outcome RunAgain(SimulatedCuda machine) => Run(machine, new CudaDeviceOptions { CacheDirectory = Path.Combine(Folder, "again") }, 1);

    private Outcome Run(SimulatedCuda machine, CudaDeviceOptions options, int steps)
    {
        var errors = new List<Exception>();
        double loss = double.NaN;
        CudaDevice? device = null;
        Executable? executable = null;
        Try(() =>
        {
            device = new CudaDevice(machine.Libraries, options with { ConvolutionWorkspaceBytes = 64 << 10, Trials = 0 });
            executable = network.Compile(device, Narrow.Values(network, Precision.Float32), new CompileOptions { Batch = 2, Mode = ExecutionMode.Training, Seed = 7 });
            executable.SetInput(Narrow.Images(network, 2, Precision.Float32));
            if (Narrow.Labels(network, 2) is { } labels) executable.SetLabels(labels);
            for (int step = 0; step < steps; step++) executable.TrainingStep(0.01f);
            loss = executable.ReadLoss();
        });
        Try(() => executable?.Dispose());
        Try(() => device?.Dispose());
        return new Outcome(errors, loss);

        void Try(Action action)
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Whatever is thrown is judged by the test.
            catch (Exception error)
#pragma warning restore CA1031
            {
                errors.Add(error);
            }
        }
    }

    /// <summary>An exception that says which call failed, or, where the context is lost with the call, which was the first to find it so: giving back does not complain of that.</summary>
    internal static void CheckMessage(Exception error, string function, string where, int lostWith = 0)
    {
        Assert.True(error is CudaException or CudaOperationException or DeviceOutOfMemoryException or NotSupportedException or AggregateException or InvalidOperationException, $"{where}: {error}");
        // The message names the call; of a device without memory, its cause.
        string text = error.ToString();
        bool named = text.Contains(function[..Math.Min(function.Length, 12)], StringComparison.Ordinal);
        Assert.True(named || (lostWith != 0 && TellsOfLoss(text, lostWith)), $"{where}: {error}");
    }

    /// <summary>Whether a message is of a call that found the context lost: the driver gives the status itself, cuDNN and cuBLAS one of their own.</summary>
    private static bool TellsOfLoss(string text, int lostWith) =>
        text.Contains($"gave {lostWith} ", StringComparison.Ordinal) || text.Contains($"the driver says {(CUresult)lostWith}", StringComparison.Ordinal)
            || text.Contains($"the driver has no usable context: {(CUresult)lostWith}", StringComparison.Ordinal)
            || LostForBlas.Any(status => text.Contains(status, StringComparison.Ordinal));

    /// <summary>What was thrown, and the loss where nothing was.</summary>
    internal sealed record Outcome(IReadOnlyList<Exception> Errors, double Loss);
}
