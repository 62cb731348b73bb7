using System.Globalization;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet time</c> prints besides the protocol's lines.</summary>
internal static class TimeTables
{
    /// <summary>Writes the statistics of a pass, and its layers if they were timed.</summary>
    public static void WritePass(string title, PassReport pass, TextWriter output)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{title}: median {pass.MedianSeconds:F4} s, min {pass.MinSeconds:F4} s, max {pass.MaxSeconds:F4} s, "
            + $"{pass.ImagesPerSecond:F1} images/s, {pass.Gflops:F1} GFLOP/s"));
        if (pass.Layers is not { } layers) return;
        bool backward = layers.Any(l => l.Backward is not null);
        double total = layers.Sum(l => Seconds(l.Forward) + Seconds(l.Backward));
        TextTable table = new TextTable().Text("layer").Text("algorithm").Number("forward ms").Number("share").Number("rate");
        if (backward) table = table.Number("backward ms").Number("share").Number("rate");
        foreach (LayerReport layer in layers)
        {
            string[] cells = [layer.Layer, layer.Algorithm, .. Cells(layer.Forward, total)];
            table.Row(backward ? [.. cells, .. Cells(layer.Backward, total)] : cells);
        }

        double forwardTotal = layers.Sum(l => Seconds(l.Forward)), backwardTotal = layers.Sum(l => Seconds(l.Backward));
        string[] totals = ["total", "", Milliseconds(forwardTotal), Share(forwardTotal, total), ""];
        table.Row(backward ? [.. totals, Milliseconds(backwardTotal), Share(backwardTotal, total), ""] : totals);
        table.Write(output);
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

    private static IEnumerable<string> Cells(PhaseTime? phase, double total) => phase is { } p
        ? [Milliseconds(p.Seconds), Share(p.Seconds, total), string.Create(CultureInfo.InvariantCulture, $"{p.Rate:F1} {(p.IsArithmetic ? "GFLOP/s" : "GB/s")}")]
        : ["-", "-", "-"];

    private static double Seconds(PhaseTime? phase) => phase?.Seconds ?? 0;

    private static string Milliseconds(double seconds) => (seconds * 1000).ToString("F3", CultureInfo.InvariantCulture);

    private static string Share(double seconds, double total) =>
        total > 0 ? (100 * seconds / total).ToString("F1", CultureInfo.InvariantCulture) + "%" : "-";

    private static string Figure(double? seconds) => seconds?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";
}
