using System.Globalization;
using AlexNetCuda.Cli;

namespace AlexNetCuda.Bench;

/// <summary>The options of the benchmarks that are not BenchmarkDotNet's.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Threads">The number of threads; 0 is one a core.</param>
/// <param name="Articles">Whether the articles' 10 + 100 steps are run.</param>
/// <param name="Rest">What BenchmarkDotNet is told.</param>
internal sealed record BenchOptions(string Device, int Threads, bool Articles, string[] Rest)
{
    private const int MostThreads = 1024;

    /// <summary>What the options are, in a line.</summary>
    public static readonly string Help =
        $"--device {string.Join('|', DeviceFactory.Names)}, --threads N, --articles (10 + 100 steps); --filter *Operators* runs single layers, *PtxMachine* the PTX machine.";

    /// <summary>The options of this run.</summary>
    public static BenchOptions Current { get; set; } = new(DeviceFactory.Auto, 0, false, []);

    /// <summary>Takes our options out of a command line.</summary>
    /// <exception cref="ArgumentException">One of them makes no sense.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> args)
    {
        var options = new BenchOptions(DeviceFactory.Auto, 0, false, []);
        var rest = new List<string>();
        for (int i = 0; i < args.Count; i++)
        {
            string[] parts = args[i].Split('=', 2);
            string Value() => parts.Length == 2 ? parts[1] : i + 1 < args.Count ? args[++i] : throw new ArgumentException($"{parts[0]} needs a value.");
            switch (parts[0])
            {
                case "--device":
                    string device = Value();
                    if (!DeviceFactory.Names.Contains(device))
                        throw new ArgumentException($"There is no device '{device}'. There are: {string.Join(", ", DeviceFactory.Names)}.");
                    options = options with { Device = device };
                    break;
                case "--threads":
                    string text = Value();
                    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > MostThreads)
                        throw new ArgumentException($"--threads is a whole number from 1 to {MostThreads}, not '{text}'.");
                    options = options with { Threads = threads };
                    break;
                case "--articles":
                    if (parts.Length == 2) throw new ArgumentException("--articles has no value.");
                    options = options with { Articles = true };
                    break;
                default:
                    rest.Add(args[i]);
                    break;
            }
        }

        return options with { Rest = [.. rest] };
    }
}
