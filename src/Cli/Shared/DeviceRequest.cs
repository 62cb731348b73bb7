using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Cli;

/// <summary>A device, and how it is to work, as a command line asks for it.</summary>
internal sealed record DeviceRequest
{
    /// <summary>The option for <see cref="Checks"/>.</summary>
    public const string ChecksOption = "--checks";

    /// <summary>Which device.</summary>
    public DeviceName Name { get; init; }

    /// <summary>The number of threads; 0 is one a core.</summary>
    public int Threads { get; init; }

    /// <summary>How a CUDA device works.</summary>
    public CudaDeviceOptions Cuda { get; init; } = new();

    /// <summary>Whether the CPU device keeps to direct convolutions.</summary>
    public bool Exact { get; init; }

    /// <summary>The switches that were given.</summary>
    public IReadOnlyList<DeviceSwitch> Switches { get; init; } = [];

    /// <summary>Whether a simulated GPU is watched by all its checkers.</summary>
    public bool Checks { get; init; }

    /// <summary>Whether several layers may run as one operator, on any device.</summary>
    public bool Fuse => Cuda.Fuse;

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="ArgumentException">A device is told to do what only CUDA, or only the simulator, does.</exception>
    public void Validate()
    {
        if (Checks && Name.Kind != DeviceKind.Simulator) throw new ArgumentException($"{ChecksOption} is for the simulator; it has no meaning on device '{Name}'.");
        if (Name.Kind == DeviceKind.Auto) return;
        bool cuda = Name.Kind is DeviceKind.Cuda or DeviceKind.Simulator;
        if (Switches.FirstOrDefault(s => s.Scope == SwitchScope.Cpu) is { } ofCpu && Name.Kind != DeviceKind.Cpu)
            throw new ArgumentException($"{ofCpu.Name} is for the CPU device; it has no meaning on device '{Name}'.");
        if (cuda) return;
        if (Cuda.Precision != Precision.Float32)
            throw new ArgumentException($"{Precisions.Option} {Precisions.NameOf(Cuda.Precision)} is for CUDA devices; device '{Name}' computes in a precision of its own.");
        if (Switches.FirstOrDefault(s => s.Scope == SwitchScope.Cuda) is { } ofCuda)
            throw new ArgumentException($"{ofCuda.Name} is for CUDA devices; it has no meaning on device '{Name}'.");
    }
}

/// <summary>Which devices a switch is for.</summary>
internal enum SwitchScope
{
    /// <summary>All.</summary>
    Any,

    /// <summary>CUDA devices, simulated ones included.</summary>
    Cuda,

    /// <summary>The CPU device.</summary>
    Cpu,
}

/// <summary>A switch of a device: each turns one thing off, so that a fault can be bisected.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Description">What it turns off.</param>
/// <param name="Apply">Turns it off.</param>
/// <param name="Scope">The devices that know what it turns off.</param>
internal sealed record DeviceSwitch(string Name, string Description, Func<DeviceRequest, DeviceRequest> Apply, SwitchScope Scope)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DeviceSwitch> All { get; } =
    [
        new("--deterministic", "CUDA: no algorithm whose bits may differ from run to run, and none chosen by timing. The other devices are so anyway.", Of(o => o with { Deterministic = true }), SwitchScope.Any),
        new("--no-fuse", "No fusion: every layer is an operator of its own, on any device.", Of(o => o with { Fuse = false }), SwitchScope.Any),
        new("--exact", "CPU: direct convolutions alone, not Winograd's minimal filtering: slower, with an error of 3e-7 where that has 1e-6 to 4e-6.", r => r with { Exact = true }, SwitchScope.Cpu),
        new("--no-graph", "CUDA: no CUDA graphs; a step is launched call by call, and profilers see the layers' NVTX ranges.", Of(o => o with { Graphs = false }), SwitchScope.Cuda),
        new("--no-lt", "CUDA: no cublasLt; biases and ReLU of fully connected layers are kernels behind cuBLAS.", Of(o => o with { BlasLt = false }), SwitchScope.Cuda),
        new("--no-space-to-depth", "CUDA: the first convolution is computed with its stride, not over blocks of pixels as channels.", Of(o => o with { SpaceToDepth = false }), SwitchScope.Cuda),
        new("--nchw", "CUDA: no NHWC; 16-bit activations are NCHW as float32's always are.", Of(o => o with { Layout = Layout.Nchw }), SwitchScope.Cuda),
        new("--sync-checks", "CUDA: nothing runs behind the program's back; every operator is waited for, so that a fault names its layer. No graphs.", Of(o => o with { SyncChecks = true }), SwitchScope.Cuda),
    ];

    private static Func<DeviceRequest, DeviceRequest> Of(Func<CudaDeviceOptions, CudaDeviceOptions> change) => r => r with { Cuda = change(r.Cuda) };
}

/// <summary>The precisions by their names on a command line.</summary>
internal static class Precisions
{
    /// <summary>The option's name.</summary>
    public const string Option = "--precision";

    private static readonly (string Name, Precision Precision)[] s_all =
        [("float32", Precision.Float32), ("tf32", Precision.Tf32), ("float16", Precision.Float16), ("bfloat16", Precision.BFloat16)];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(p => p.Name)];

    /// <summary>What a text that is no precision is told.</summary>
    public static string Refusal(string text) => $"{Option} is one of {string.Join(", ", Names)}, not '{text}'.";

    /// <summary>A precision's name.</summary>
    public static string NameOf(Precision precision) => Array.Find(s_all, p => p.Precision == precision).Name;

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string text, out Precision precision)
    {
        int index = Array.FindIndex(s_all, p => p.Name == text);
        precision = index < 0 ? default : s_all[index].Precision;
        return index >= 0;
    }

    /// <summary>The level of rounding that a precision's networks are held to: 16-bit and TF32 operands have 11 significant bits, bfloat16's 8.</summary>
    public static double LevelOf(Precision precision) => precision switch
    {
        Precision.Float32 => 1e-5,
        Precision.BFloat16 => 4e-3,
        _ => 5e-4,
    };
}
