using System.Globalization;
using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet time</c> prints besides the protocol's lines.</summary>
internal static class TimeTables
{
    private const double ShortPass = 0.1; // seconds

    /// <summary>Writes the statistics of a pass, and its layers if they were timed.</summary>
    public static void WritePass(TimingResult result, PassReport pass, MachinePeak? peak, TextWriter output)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Title}: {MeasureText.Spread(result.Statistics)}, {pass.ImagesPerSecond:F1} images/s, {MeasureText.Rate(pass.Gflops, "FLOP/s")}"));
        if (result.DeviceSeconds is { } device) output.WriteLine($"{result.Title} on the device: {MeasureText.Spread(SampleStatistics.Of(device))}");
        if (pass.Calls is { } calls) output.WriteLine($"{result.Title}, calls a step: {Count(calls.Launches, "kernel launch", "es")}, {Count(calls.LibraryCalls, "library call", "s")}");
        if (pass.Layers is { } layers) WriteLayers(layers, peak, output);
    }

    /// <summary>Writes the articles' figures beside ours.</summary>
    public static void WriteArticles(IReadOnlyList<TimeReport> reports, TextWriter output)
    {
        output.WriteLine();
        TextTable table = new TextTable().Text("network").Number("forward s").Number("article").Number("forward-backward s").Number("article");
        foreach (TimeReport report in reports)
        {
            ArticleFigure figure = Articles.Figures.Single(f => f.Network == report.Network);
            table.Row(
                report.Network, Figure(report.Forward.MeanSeconds), Figure(figure.Forward),
                Figure(report.ForwardBackward?.MeanSeconds), Figure(figure.ForwardBackward));
        }

        table.Write(output);
        output.WriteLine(Articles.Note);
    }

    private static void WriteLayers(IReadOnlyList<LayerReport> layers, MachinePeak? peak, TextWriter output)
    {
        PhaseTime?[] forward = [.. layers.Select(l => l.Forward)], backward = [.. layers.Select(l => l.Backward)];
        bool both = backward.Any(p => p is not null), calls = forward.Any(p => p?.Calls is not null);
        double total = forward.Concat(backward).Sum(Seconds);
        string[] headings = ["share", .. peak is null ? ["rate"] : (string[])["FLOP/s", "of peak", "B/s", "of peak"], .. calls ? (string[])["launches", "calls"] : []];
        TextTable table = new TextTable().Text("layer").Text("algorithm");
        foreach (string pass in both ? (string[])["forward", "backward"] : ["forward"])
        {
            table.Number(pass + " ms");
            foreach (string heading in headings) table.Number(heading);
        }

        for (int i = 0; i < layers.Count; i++)
            table.Row([layers[i].Layer, layers[i].Algorithm, .. Cells(forward[i]), .. both ? Cells(backward[i]) : []]);
        table.Row(["total", "", .. Cells(Sum(forward), isTotal: true), .. both ? Cells(Sum(backward), isTotal: true) : []]);
        table.Write(output);

        IEnumerable<string> Cells(PhaseTime? phase, bool isTotal = false)
        {
            if (phase is not { } p) return Enumerable.Repeat("-", 1 + headings.Length);
            string[] cells =
            [
                MeasureText.Seconds(p.Seconds * 1000, total < ShortPass ? 4 : 3), // of a short pass a layer takes microseconds
                total > 0 ? (100 * p.Seconds / total).ToString("F1", CultureInfo.InvariantCulture) + "%" : "-",
                .. Rates(p, isTotal),
            ];
            return calls ? [.. cells, Count(p.Calls?.Launches), Count(p.Calls?.LibraryCalls)] : cells;
        }

        // Effective rates: the operations that a direct algorithm takes, and each byte once, whatever was done in fact.
        IEnumerable<string> Rates(PhaseTime p, bool isTotal)
        {
            if (isTotal) return Enumerable.Repeat("", peak is null ? 1 : 4);
            if (peak is not { } most) return [MeasureText.Rate(p.Rate, p.IsArithmetic ? "FLOP/s" : "B/s")];
            return [.. OfPeak(p.Flops, p.Seconds, most.Flops, "FLOP/s"), .. OfPeak(p.Bytes, p.Seconds, most.Bytes, "B/s")];
        }
    }

    private static string[] OfPeak(double work, double seconds, double most, string unit) => work <= 0 || seconds <= 0
        ? ["-", "-"]
        : [MeasureText.Rate(work / seconds / 1e9, unit), (100 * work / seconds / most).ToString("F0", CultureInfo.InvariantCulture) + "%"];

    private static PhaseTime Sum(PhaseTime?[] phases) => new(phases.Sum(Seconds), 0, 0)
    {
        Calls = phases.Aggregate(default(EnqueuedCalls), (sum, p) => sum.Plus(p?.Calls ?? default)),
    };

    private static double Seconds(PhaseTime? phase) => phase?.Seconds ?? 0;

    private static string Figure(double? seconds) => seconds is { } s ? MeasureText.Seconds(s) : "-";

    private static string Count(int? calls) => calls?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Count(int count, string one, string plural) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : plural)}");
}
