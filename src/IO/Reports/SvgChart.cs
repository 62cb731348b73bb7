using System.Globalization;
using System.Xml.Linq;

namespace AlexNetCuda.IO;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="Points">Its points by rising x; where one is not finite, the line is broken.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Curves as inline SVG. Colours come from the page's style, by the number of the series.</summary>
internal static class SvgChart
{
    private const int Width = 640, Height = 260, Left = 64, Right = 12, Top = 12, Bottom = 40;
    private const int MostPoints = 2000, Ticks = 5;

    /// <summary>The chart; null where there is no finite point.</summary>
    public static XElement? Draw(string title, string xLabel, IReadOnlyList<ChartSeries> series)
    {
        (double X, double Y)[] finite = [.. series.SelectMany(s => s.Points).Where(IsFinite)];
        if (finite.Length == 0) return null;
        (double x0, double x1) = Range(finite.Min(p => p.X), finite.Max(p => p.X));
        (double y0, double y1) = Range(finite.Min(p => p.Y), finite.Max(p => p.Y));

        var svg = new XElement("svg", new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("role", "img"), new XAttribute("aria-label", HtmlReport.Clean(title)));
        foreach (double y in TicksOf(y0, y1))
        {
            svg.Add(new XElement("line", new XAttribute("class", "grid"), At("x1", Left), At("x2", Width - Right), At("y1", ToY(y)), At("y2", ToY(y))));
            svg.Add(Text(Left - 6, ToY(y) + 4, "end", Number(y)));
        }

        foreach (double x in TicksOf(x0, x1)) svg.Add(Text(ToX(x), Height - Bottom + 16, "middle", Number(x)));
        svg.Add(Text((Left + Width - Right) / 2.0, Height - 6, "middle", xLabel));
        for (int i = 0; i < series.Count; i++) svg.Add(Lines(Thinned(series[i].Points)).Select(points => Polyline(points, i)));

        var legend = new XElement("p", new XAttribute("class", "legend"), series.Select((s, i) =>
            new XElement("span", new XAttribute("class", $"series{i}"), HtmlReport.Clean($"\u25CF {s.Name} "))));
        return new XElement("figure", new XElement("figcaption", HtmlReport.Clean(title)), svg, legend);

        XElement Polyline(List<(double X, double Y)> points, int number) => new(
            points.Count == 1 ? "circle" : "polyline", new XAttribute("class", $"series{number}"), points.Count == 1
                ? [At("cx", ToX(points[0].X)), At("cy", ToY(points[0].Y)), At("r", 2)]
                : new[] { new XAttribute("points", string.Join(' ', points.Select(p => $"{Coordinate(ToX(p.X))},{Coordinate(ToY(p.Y))}"))) });
        double ToX(double x) => Left + ((x - x0) / (x1 - x0) * (Width - Left - Right));
        double ToY(double y) => Height - Bottom - ((y - y0) / (y1 - y0) * (Height - Top - Bottom));
    }

    private static bool IsFinite((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    private static (double, double) Range(double least, double most) => most > least ? (least, most) : (least - Math.Max(1e-9, Math.Abs(least) / 2), most + Math.Max(1e-9, Math.Abs(most) / 2));

    /// <summary>Round numbers, of steps of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> TicksOf(double least, double most)
    {
        double rough = (most - least) / Ticks, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        for (double k = Math.Ceiling(least / step); k * step <= most; k++) yield return k * step;
    }

    /// <summary>So many points as a screen can show; the last is always among them.</summary>
    private static IEnumerable<(double X, double Y)> Thinned(IReadOnlyList<(double X, double Y)> points)
    {
        int stride = (points.Count + MostPoints - 1) / MostPoints;
        return points.Where((_, i) => i % stride == 0 || i == points.Count - 1);
    }

    private static IEnumerable<List<(double X, double Y)>> Lines(IEnumerable<(double X, double Y)> points)
    {
        var line = new List<(double X, double Y)>();
        foreach ((double X, double Y) point in points)
        {
            if (IsFinite(point))
            {
                line.Add(point);
            }
            else if (line.Count > 0)
            {
                yield return line;
                line = [];
            }
        }

        if (line.Count > 0) yield return line;
    }

    private static XElement Text(double x, double y, string anchor, string text) =>
        new("text", At("x", x), At("y", y), new XAttribute("text-anchor", anchor), HtmlReport.Clean(text));

    private static XAttribute At(string name, double value) => new(name, Coordinate(value));

    private static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
