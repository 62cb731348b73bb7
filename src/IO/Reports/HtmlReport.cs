using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace AlexNetCuda.IO;

/// <summary>
/// A training run as one HTML page that needs nothing else: no script, no other file, no network. It is well-formed XML, too, which is how names are escaped; what XML
/// does not admit in a text becomes a replacement character.
/// </summary>
public static class HtmlReport
{
    private const int MostClassesOfTable = 60, MostPairs = 50;

    // Neither '<' nor '>' nor '&': HTML takes the text of a style as it is.
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #8884; --a: #1f6fd0; --b: #d0541f; --hit: 40 140 80; --miss: 210 60 40 }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161616; --a: #6cacff; --b: #ff9a66; --hit: 70 180 110; --miss: 230 90 70 } }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1100px; margin: 2em auto; padding: 0 1em }
        table { border-collapse: collapse } td, th { padding: 2px 8px; border: 1px solid var(--faint); text-align: right } th { font-weight: 600 }
        figure { display: inline-block; margin: 0 1em 1em 0; vertical-align: top } svg { width: 520px; max-width: 100%; height: auto }
        svg text { font-size: 12px; fill: currentColor } .grid { stroke: var(--faint) } polyline { fill: none; stroke-width: 1.6 }
        .series0 { stroke: var(--a) } .series1 { stroke: var(--b) } span.series0 { color: var(--a) } span.series1 { color: var(--b) } .legend { margin: 0 }
        .hit { background: rgb(var(--hit) / var(--share)) } .miss { background: rgb(var(--miss) / var(--share)) } .scroll { overflow-x: auto }
        .mistakes figure { width: 150px } .mistakes img { width: 150px; height: 150px; object-fit: contain } figcaption { overflow-wrap: anywhere }
        .filters { image-rendering: pixelated; width: 100%; max-width: 640px }
        """;

    /// <summary>Writes the page: whole under its name, or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="record">The run.</param>
    /// <exception cref="ArgumentException">The record does not fit together: the confusion is not classes x classes, a class is out of range, or the filters are none.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Check(record);
        var body = new XElement("body",
            new XElement("h1", Clean(record.Title)), Facts(record), Curves(record.Metrics), Latest(record.Metrics), Confusion(record), Mistakes(record), Filters(record));
        var page = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width")),
                new XElement("title", Clean(record.Title)), new XElement("style", Style)),
            body);
        byte[] bytes = Encoding.UTF8.GetBytes("<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
        AtomicFile.Write(path, stream => stream.Write(bytes), (reason, cause) => new IOException($"{path}: {reason}", cause));
    }

    /// <summary>The text, without what XML does not admit (most control characters, halves of surrogate pairs).</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) // a half pair becomes U+FFFD here
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    private static void Check(RunRecord record)
    {
        int classes = record.ClassNames.Count;
        if (record.Confusion is { } confusion && (confusion.GetLength(0) != classes || confusion.GetLength(1) != classes))
            throw new ArgumentException(FormattableString.Invariant($"The confusion is {confusion.GetLength(0)} x {confusion.GetLength(1)}, of {classes} classes."), nameof(record));
        foreach (RunMistake mistake in record.Mistakes)
        {
            if ((uint)mistake.True >= (uint)classes || (uint)mistake.Predicted >= (uint)classes)
                throw new ArgumentException(FormattableString.Invariant($"A mistake is of class {mistake.True} and {mistake.Predicted}, of {classes} classes."), nameof(record));
        }
    }

    private static XElement? Facts(RunRecord record) => record.Facts.Count == 0 ? null : new XElement("table", new XAttribute("class", "facts"),
        record.Facts.Select(f => new XElement("tr", new XElement("th", Clean(f.Key)), new XElement("td", Clean(f.Value)))));

    private static XElement? Curves(IReadOnlyList<MetricsRow> metrics)
    {
        XElement?[] charts =
        [
            Chart("Loss", r => r.Loss), Chart("Top-1 accuracy", r => r.Top1), Chart("Top-5 accuracy", r => r.Top5),
            SvgChart.Draw("Learning rate", "step", [Series("learning rate", MetricsPhase.Training, r => r.LearningRate)]),
        ];
        return charts.All(c => c is null) ? null : new XElement("section", new XAttribute("class", "curves"), charts);

        XElement? Chart(string title, Func<MetricsRow, double?> value) => SvgChart.Draw(
            title, "step", [Series("training", MetricsPhase.Training, value), Series("validation", MetricsPhase.Validation, value)]);
        ChartSeries Series(string name, MetricsPhase phase, Func<MetricsRow, double?> value) => new(
            name, [.. metrics.Where(r => r.Phase == phase && value(r) is not null).Select(r => ((double)r.Step, value(r)!.Value))]);
    }

    private static XElement? Latest(IReadOnlyList<MetricsRow> metrics)
    {
        MetricsRow?[] latest = [metrics.LastOrDefault(r => r.Phase == MetricsPhase.Training), metrics.LastOrDefault(r => r.Phase == MetricsPhase.Validation)];
        if (latest.All(r => r is null)) return null;
        string[] names = ["", "step", "epoch", "loss", "top-1", "top-5", "learning rate", "images/s", "waiting for data"];
        return new XElement("section", new XElement("h2", "Latest"), new XElement("table", new XAttribute("class", "latest"),
            new XElement("tr", names.Select(n => new XElement("th", n))),
            latest.OfType<MetricsRow>().Select(r => new XElement("tr",
                new XElement("th", r.Phase == MetricsPhase.Training ? "training" : "validation"),
                Cells(r.Step, r.Epoch, r.Loss, r.Top1, r.Top5, r.LearningRate, r.ImagesPerSecond, r.DataWaitShare)))));

        static IEnumerable<XElement> Cells(params double?[] numbers) => numbers.Select(n => new XElement("td", n is { } number ? Number(number) : ""));
    }

    private static XElement? Confusion(RunRecord record)
    {
        if (record.Confusion is not { } counts) return null;
        int classes = record.ClassNames.Count;
        if (classes > MostClassesOfTable) return Pairs(record, counts);
        IEnumerable<XElement> rows = Enumerable.Range(0, classes).Select(t =>
        {
            double total = Math.Max(1, Enumerable.Range(0, classes).Sum(p => (double)counts[t, p]));
            return new XElement("tr", new XElement("th", Clean(record.ClassNames[t])), Enumerable.Range(0, classes).Select(p => new XElement("td",
                new XAttribute("class", t == p ? "hit" : "miss"), new XAttribute("style", string.Create(CultureInfo.InvariantCulture, $"--share:{counts[t, p] / total:0.###}")), counts[t, p])));
        });
        return new XElement("section", new XElement("h2", "Confusion"), new XElement("p", "Rows: the true class; columns: the class it was taken for."),
            new XElement("div", new XAttribute("class", "scroll"), new XElement("table", new XAttribute("class", "confusion"),
                new XElement("tr", new XElement("th", ""), record.ClassNames.Select(n => new XElement("th", Clean(n)))), rows)));
    }

    /// <summary>Of many classes, what was confused most.</summary>
    private static XElement Pairs(RunRecord record, int[,] counts)
    {
        int classes = record.ClassNames.Count;
        IEnumerable<(int True, int Predicted, int Count)> pairs =
            from t in Enumerable.Range(0, classes) from p in Enumerable.Range(0, classes) where t != p && counts[t, p] > 0 orderby counts[t, p] descending select (t, p, counts[t, p]);
        return new XElement("section", new XElement("h2", "Confused most"), new XElement("table", new XAttribute("class", "pairs"),
            new XElement("tr", new XElement("th", "true"), new XElement("th", "taken for"), new XElement("th", "images")),
            pairs.Take(MostPairs).Select(c => new XElement("tr",
                new XElement("td", Clean(record.ClassNames[c.True])), new XElement("td", Clean(record.ClassNames[c.Predicted])), new XElement("td", c.Count)))));
    }

    private static XElement? Mistakes(RunRecord record) => record.Mistakes.Count == 0 ? null : new XElement("section", new XAttribute("class", "mistakes"),
        new XElement("h2", "Worst mistakes"), record.Mistakes.Select(m => new XElement("figure", Image(m.Picture, m.Name), new XElement("figcaption", Clean(string.Create(
            CultureInfo.InvariantCulture, $"{m.Name}: {record.ClassNames[m.True]}, taken for {record.ClassNames[m.Predicted]} ({m.Probability:P1})"))))));

    private static XElement? Filters(RunRecord record)
    {
        if (record.Filters is not { } filters) return null;
        XElement image = Image(filters.ToPicture(), "The filters of the first convolution");
        image.Add(new XAttribute("class", "filters"));
        return new XElement("section", new XElement("h2", $"Filters of the first convolution: {filters.Count} of {filters.Channels} x {filters.Height} x {filters.Width}"), image);
    }

    private static XElement Image(Picture picture, string name) => new(
        "img", new XAttribute("alt", Clean(name)), new XAttribute("src", "data:image/png;base64," + Convert.ToBase64String(PngEncoder.Encode(picture))));

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
