using System.Globalization;
using System.Text.Json.Serialization;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cli;

/// <summary>How a run trains: what its bits depend on beside the data, the model and the device. Kept in its checkpoints.</summary>
internal sealed record TrainSettings
{
    public int Epochs { get; init; } = 60;

    public int Batch { get; init; } = 32;

    /// <summary>Batches averaged for an update.</summary>
    public int Accumulate { get; init; } = 1;

    public float Rate { get; init; } = DefaultRate;

    /// <summary>As <see cref="ScheduleText"/> reads it.</summary>
    public string Schedule { get; init; } = DefaultSchedule;

    public float Momentum { get; init; } = 0.9f;

    public bool Nesterov { get; init; }

    public float WeightDecay { get; init; } = 5e-4f;

    /// <summary>Factors of rate and decay by parameter: <c>*/biases=2:0</c>, several with commas between.</summary>
    public string Rates { get; init; } = "*/biases=2:0";

    /// <summary>The norm that gradients are clipped to; 0 clips nothing.</summary>
    public float Clip { get; init; } = DefaultClip;

    /// <summary>Layers that do not learn: names with * and ?, several with commas between; null: all learn.</summary>
    public string? Freeze { get; init; }

    /// <summary>As <see cref="AugmentationText"/> reads it.</summary>
    public string Augment { get; init; } = AugmentationText.Default;

    /// <summary>The share of the pictures that only measure, where they are not in folders of their own.</summary>
    public double Validation { get; init; } = 0.2;

    public ulong Seed { get; init; }

    /// <summary>The probability with which dropout keeps an element; null: the network's.</summary>
    public float? Keep { get; init; }

    /// <summary>Tells whether the data are those the run began with; see <see cref="TrainingData.Fingerprint"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Where the data were, for <c>alexnet report</c>.</summary>
    public string? Source { get; init; }

    public const float DefaultRate = 0.005f, DefaultClip = 2;
    public const string DefaultSchedule = "cosine:warmup=1e";

    /// <summary>Batch and update in a few words, for people.</summary>
    [JsonIgnore]
    public string Update => string.Create(
        CultureInfo.InvariantCulture,
        $"batch {Batch}{(Accumulate > 1 ? $" x {Accumulate}" : "")}, rate {Rate} {Schedule}, momentum {Momentum}{(Nesterov ? " (Nesterov)" : "")}, weight decay {WeightDecay}");

    /// <summary>The trainer's options.</summary>
    /// <param name="network">The network.</param>
    /// <param name="updatesPerEpoch">Updates of an epoch.</param>
    /// <param name="fuse">Whether a device may run several layers as one operator.</param>
    /// <exception cref="ArgumentException">A value makes no sense, or nothing would learn.</exception>
    public TrainerOptions TrainerOptions(Network network, long updatesPerEpoch, bool fuse) => new()
    {
        Batch = Batch,
        Accumulate = Accumulate,
        Schedule = ScheduleText.Parse(Schedule, Rate, updatesPerEpoch, updatesPerEpoch * Epochs),
        Sgd = new SgdOptions(Momentum, WeightDecay, Nesterov) { Rules = ParseRates(Rates) },
        ClipNorm = Clip == 0 ? null : Clip,
        Trained = Trained(network),
        Seed = Seed,
        Fuse = fuse,
    };

    /// <summary>Reads <see cref="Rates"/>.</summary>
    /// <exception cref="ArgumentException">The text has another form.</exception>
    public static IReadOnlyList<ParameterRule> ParseRates(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            string[] halves = part.Split('=');
            string[] numbers = halves.Length == 2 ? halves[1].Split(':') : [];
            if (halves[0].Length == 0 || numbers.Length is not (1 or 2)) throw Wrong(part);
            return new ParameterRule(halves[0], Number(numbers[0], part), numbers.Length == 2 ? Number(numbers[1], part) : 1);
        }),
    ];

    private string? Trained(Network network)
    {
        if (Freeze is null) return null;
        string[] names = [.. network.Parameters.Select(p => p.Name)];
        string[] layers = [.. names.Select(LayerOf).Distinct()];
        foreach (string pattern in Freeze.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (!layers.Any(l => NamePattern.Matches(pattern, l))) throw new ArgumentException($"--freeze '{pattern}' matches no layer of network '{network.Name}': {string.Join(", ", layers)}.");
        string[] trained = [.. names.Where(n => !NamePattern.Matches(Freeze, LayerOf(n)))];
        return trained.Length > 0 ? string.Join(',', trained) : throw new ArgumentException($"--freeze '{Freeze}' leaves no layer that learns.");
    }

    private static string LayerOf(string parameter) => parameter[..parameter.LastIndexOf('/')];

    private static float Number(string text, string part) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && number >= 0 && float.IsFinite(number) ? number : throw Wrong(part);

    private static ArgumentException Wrong(string part) =>
        new($"'{part}' is not PATTERN=RATE or PATTERN=RATE:DECAY: factors, at least 0, of the learning rate and the weight decay of the parameters of those names.");
}
