using System.Globalization;

namespace AlexNetCuda.Training;

/// <summary>
/// Schedules as text: a name, and after a colon what differs from its defaults, as <c>step:every=30e,gamma=0.1</c>. Numbers of steps may be given in epochs, with an e
/// behind them; times of a multistep stand one behind the other with slashes between, as <c>multistep:at=30e/60e</c>.
/// </summary>
public static class ScheduleText
{
    /// <summary>The schedules and what each takes, for help.</summary>
    public const string Forms = "fixed; step:every=N,gamma=G; multistep:at=N/N/...,gamma=G; exp:gamma=G; inv:gamma=G,power=P; poly:power=P; sigmoid:gamma=G,middle=N; cosine; each with warmup=N";

    /// <summary>Reads a schedule.</summary>
    /// <param name="text">The text.</param>
    /// <param name="rate">The first rate.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="steps">Steps of the whole training, over which poly and cosine fall.</param>
    /// <exception cref="ArgumentException">The text is no schedule, or a value is out of its range; the message says what is wrong.</exception>
    public static LearningRateSchedule Parse(string text, float rate, long stepsPerEpoch, long steps)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] halves = text.Split(':', 2);
        var values = new Values(text, halves.Length > 1 ? halves[1] : "", stepsPerEpoch);
        LearningRateSchedule schedule = halves[0] switch
        {
            "fixed" => new FixedSchedule { Rate = rate },
            "step" => new StepSchedule(values.Steps("every") ?? throw Missing(text, "every"), values.Number("gamma") ?? 0.1) { Rate = rate },
            "multistep" => new MultistepSchedule(values.StepList("at") ?? throw Missing(text, "at"), values.Number("gamma") ?? 0.1) { Rate = rate },
            "exp" => new ExponentialSchedule(values.Number("gamma") ?? throw Missing(text, "gamma")) { Rate = rate },
            "inv" => new InverseSchedule(values.Number("gamma") ?? throw Missing(text, "gamma"), values.Number("power") ?? 0.75) { Rate = rate },
            "poly" => new PolynomialSchedule(steps, values.Number("power") ?? 1) { Rate = rate },
            "sigmoid" => new SigmoidSchedule(values.Number("gamma") ?? throw Missing(text, "gamma"), values.Steps("middle") ?? steps / 2) { Rate = rate },
            "cosine" => new CosineSchedule(steps) { Rate = rate },
            _ => throw new ArgumentException($"There is no schedule '{halves[0]}'. There are: {Forms}."),
        };
        schedule = schedule with { WarmUp = values.Steps("warmup") ?? 0 };
        values.ThrowIfUnused();
        schedule.Validate();
        return schedule;
    }

    private static ArgumentException Missing(string text, string name) => new($"Schedule '{text}' needs {name}=...; the forms are: {Forms}.");

    private sealed class Values
    {
        private readonly Dictionary<string, string> _values = [];
        private readonly string _text;
        private readonly long _stepsPerEpoch;

        public Values(string text, string list, long stepsPerEpoch)
        {
            (_text, _stepsPerEpoch) = (text, stepsPerEpoch);
            foreach (string part in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] pair = part.Split('=', 2);
                if (pair.Length != 2 || !_values.TryAdd(pair[0], pair[1])) throw new ArgumentException($"In schedule '{text}', '{part}' is not name=value, or comes twice.");
            }
        }

        public double? Number(string name) => _values.Remove(name, out string? value) ? Number(name, value) : null;

        public long? Steps(string name) => _values.Remove(name, out string? value) ? Steps(name, value) : null;

        public long[]? StepList(string name) => _values.Remove(name, out string? value) ? [.. value.Split('/').Select(v => Steps(name, v))] : null;

        public void ThrowIfUnused()
        {
            if (_values.Count > 0) throw new ArgumentException($"Schedule '{_text}' does not take '{_values.Keys.First()}'; the forms are: {Forms}.");
        }

        private long Steps(string name, string value)
        {
            bool epochs = value.EndsWith('e');
            double steps = Number(name, epochs ? value[..^1] : value) * (epochs ? _stepsPerEpoch : 1);
            return steps is >= 0 and < 1e15 ? (long)Math.Round(steps) : throw Wrong(name, value);
        }

        private double Number(string name, string value) =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : throw Wrong(name, value);

        private ArgumentException Wrong(string name, string value) => new($"In schedule '{_text}', {name} is a number, not '{value}'.");
    }
}
