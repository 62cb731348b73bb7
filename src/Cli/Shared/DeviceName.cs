using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AlexNetCuda.Cli;

/// <summary>What kind of device is asked for.</summary>
internal enum DeviceKind
{
    /// <summary>CUDA where it works, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A GPU.</summary>
    Cuda,

    /// <summary>The CUDA device on a simulated GPU.</summary>
    Simulator,

    /// <summary>The reference in double precision.</summary>
    Reference,
}

/// <summary>A device as a command line names it.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Number">The ordinal of a GPU, or the architecture of a simulated one; null where none was given.</param>
internal readonly record struct DeviceName(DeviceKind Kind, int? Number = null)
{
    /// <summary>The names of the kinds.</summary>
    public const string Auto = "auto", Cpu = "cpu", Cuda = "cuda", Simulator = "sim", Reference = "reference";

    private const int MostDevices = 64;

    /// <summary>The architectures that are simulated.</summary>
    public static IReadOnlyList<int> Architectures { get; } = [61, 75, 80, 90];

    /// <summary>The forms of a simulated device's name.</summary>
    public static IReadOnlyList<string> SimulatorForms { get; } = [Simulator, .. Architectures.Select(a => string.Create(CultureInfo.InvariantCulture, $"{Simulator}:{a}"))];

    /// <summary>All forms of a name.</summary>
    public static IReadOnlyList<string> Forms { get; } = [Auto, Cpu, Cuda, Cuda + ":N", .. SimulatorForms, Reference];

    /// <summary>What a text that is no name is told.</summary>
    public static string Refusal(string text) => $"There is no device '{text}'. There are: {string.Join(", ", Forms)}.";

    /// <summary>Reads a name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceName name)
    {
        string[] parts = (text ?? "").Split(':');
        name = default;
        DeviceKind? kind = parts[0] switch
        {
            Auto => DeviceKind.Auto,
            Cpu => DeviceKind.Cpu,
            Cuda => DeviceKind.Cuda,
            Simulator => DeviceKind.Simulator,
            Reference => DeviceKind.Reference,
            _ => null,
        };
        if (kind is null) return false;
        if (parts.Length == 1)
        {
            name = new DeviceName(kind.Value);
            return true;
        }

        if (parts.Length > 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return false;
        name = new DeviceName(kind.Value, number);
        return kind switch
        {
            DeviceKind.Cuda => number < MostDevices,
            DeviceKind.Simulator => Architectures.Contains(number),
            _ => false,
        };
    }

    /// <summary>The name.</summary>
    public override string ToString()
    {
        string kind = Kind switch { DeviceKind.Auto => Auto, DeviceKind.Cpu => Cpu, DeviceKind.Cuda => Cuda, DeviceKind.Simulator => Simulator, _ => Reference };
        return Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{kind}:{number}") : kind;
    }
}
