using System.Globalization;
using AlexNetCuda.Cli;
using AlexNetCuda.Cpu;
using AlexNetCuda.Cuda;

namespace AlexNetCuda.Bench;

/// <summary>The options of the benchmarks that are not BenchmarkDotNet's.</summary>
/// <param name="Device">The device, and how it works.</param>
/// <param name="Articles">Whether the articles' 10 + 100 steps are run.</param>
/// <param name="Rest">What BenchmarkDotNet is told.</param>
internal sealed record BenchOptions(DeviceRequest Device, bool Articles, string[] Rest)
{
    private const int ArticleBatch = 32;

    /// <summary>What the options are, in a line.</summary>
    public static readonly string Help =
        $"--device {string.Join('|', DeviceName.Forms)}, {Precisions.Option} {string.Join('|', Precisions.Names)}, {string.Join(", ", DeviceSwitch.All.Select(s => s.Name))}, "
        + "--threads N, --articles (10 + 100 steps); --filter *Operators* runs single layers, *PtxMachine* the PTX machine; compare-peers.sh compares with other engines.";

    /// <summary>The options of this run.</summary>
    public static BenchOptions Current { get; set; } = new(new DeviceRequest(), false, []);

    /// <summary>Whether a GPU is simulated: that takes seconds where a CPU takes milliseconds, and its times say nothing of a GPU's, so little is run.</summary>
    public bool IsReduced => Device.Name.Kind == DeviceKind.Simulator;

    /// <summary>The number of images of a batch: the articles', but for the simulator.</summary>
    public int Batch => IsReduced ? 1 : ArticleBatch;

    /// <summary>Takes our options out of a command line.</summary>
    /// <exception cref="ArgumentException">One of them makes no sense.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> args)
    {
        var device = new DeviceRequest();
        bool articles = false;
        var rest = new List<string>();
        for (int i = 0; i < args.Count; i++)
        {
            string[] parts = args[i].Split('=', 2);
            string Value() => parts.Length == 2 ? parts[1] : i + 1 < args.Count ? args[++i] : throw new ArgumentException($"{parts[0]} needs a value.");
            void Alone()
            {
                if (parts.Length == 2) throw new ArgumentException($"{parts[0]} has no value.");
            }

            switch (parts[0])
            {
                case "--device":
                    string text = Value();
                    device = DeviceName.TryParse(text, out DeviceName name) ? device with { Name = name } : throw new ArgumentException(DeviceName.Refusal(text));
                    break;
                case "--threads":
                    text = Value();
                    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > CpuDeviceOptions.MostThreads)
                        throw new ArgumentException($"--threads is a whole number from 1 to {CpuDeviceOptions.MostThreads}, not '{text}'.");
                    device = device with { Threads = threads };
                    break;
                case Precisions.Option:
                    text = Value();
                    device = Precisions.TryParse(text, out Precision precision)
                        ? device with { Cuda = device.Cuda with { Precision = precision } }
                        : throw new ArgumentException(Precisions.Refusal(text));
                    break;
                case "--articles":
                    Alone();
                    articles = true;
                    break;
                case string one when DeviceSwitch.All.FirstOrDefault(s => s.Name == one) is { } known:
                    Alone();
                    device = known.Apply(device) with { Switches = [.. device.Switches, known] };
                    break;
                default:
                    rest.Add(args[i]);
                    break;
            }
        }

        device.Validate();
        var options = new BenchOptions(device, articles, [.. rest]);
        if (articles && options.IsReduced) throw new ArgumentException("--articles would take days on a simulated GPU.");
        return options;
    }
}
