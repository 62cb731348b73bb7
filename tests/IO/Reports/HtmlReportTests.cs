using System.Globalization;
using System.Xml.Linq;
using Xunit;

namespace AlexNetCuda.IO.Tests.Reports;

public sealed class HtmlReportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Html => Path.Combine(_folder.Path, "run.html");

    public void Dispose() => _folder.Dispose();

    private static RunRecord Run() => new()
    {
        Title = "signs <&> \"run\"",
        Facts = [new("network", "alexnet-same"), new("nasty", "</style><script>alert(1)</script>\u0007\uD800")],
        Metrics =
        [
            .. Enumerable.Range(1, 10).Select(s => new MetricsRow(s, s / 10.0, MetricsPhase.Training) { Loss = s == 4 ? double.NaN : 2.0 / s, Top1 = s / 20.0, LearningRate = 0.01 }),
            new MetricsRow(10, 1, MetricsPhase.Validation) { Loss = 0.75, Top1 = 0.4375, Top5 = 0.875 },
        ],
        ClassNames = ["cat", "<dog>", "å鳥"],
        Confusion = new[,] { { 7, 2, 1 }, { 0, 5, 0 }, { 3, 0, 0 } },
        Mistakes = [new RunMistake("dog/<1>.jpg", 1, 2, 0.9876, TestPictures.Pattern(12, 10))],
        Filters = new FilterBank([.. Enumerable.Range(0, 5 * 3 * 4).Select(i => (float)i)], 5, 3, 2, 2),
    };

    private XElement Write(RunRecord record)
    {
        HtmlReport.Write(Html, record);
        string text = File.ReadAllText(Html);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", text, StringComparison.OrdinalIgnoreCase); // nothing from elsewhere
        return XElement.Parse(text["<!DOCTYPE html>\n".Length..]);
    }

    private static IEnumerable<XElement> All(XElement page, string name, string? ofClass = null) =>
        page.Descendants(name).Where(e => ofClass is null || (string?)e.Attribute("class") == ofClass);

    private static Picture Decode(XElement image)
    {
        const string Prefix = "data:image/png;base64,";
        string source = (string)image.Attribute("src")!;
        Assert.StartsWith(Prefix, source, StringComparison.Ordinal);
        return PictureDecoder.Decode(Convert.FromBase64String(source[Prefix.Length..]), "embedded");
    }

    [Fact]
    public void All_parts_are_there_with_the_numbers_that_were_given()
    {
        XElement page = Write(Run());
        Assert.Equal("signs <&> \"run\"", page.Descendants("h1").Single().Value);
        Assert.Equal("</style><script>alert(1)</script>\uFFFD\uFFFD", All(page, "table", "facts").Single().Descendants("td").Last().Value);

        int[] counts = [.. All(page, "table", "confusion").Single().Descendants("td").Select(td => (int)td)];
        Assert.Equal([7, 2, 1, 0, 5, 0, 3, 0, 0], counts);
        Assert.Equal("--share:0.7", (string?)All(page, "table", "confusion").Single().Descendants("td").First().Attribute("style"));
        Assert.Equal(["", "cat", "<dog>", "å鳥", "cat", "<dog>", "å鳥"], All(page, "table", "confusion").Single().Descendants("th").Select(t => t.Value));

        string[][] latest = [.. All(page, "table", "latest").Single().Elements("tr").Skip(1).Select(r => r.Elements("td").Select(c => c.Value).ToArray())];
        Assert.Equal(["10", "1", "0.2", "0.5", "", "0.01", "", ""], latest[0]);
        Assert.Equal(["10", "1", "0.75", "0.4375", "0.875", "", "", ""], latest[1]);

        XElement mistake = All(page, "section", "mistakes").Single().Descendants("figure").Single();
        Assert.StartsWith("dog/<1>.jpg: <dog>, taken for å鳥 (98.8", mistake.Element("figcaption")!.Value, StringComparison.Ordinal);
        PictureAssert.Close(TestPictures.Pattern(12, 10), Decode(mistake.Element("img")!), 0);
        Assert.Equal((10, 7), (Decode(All(page, "img", "filters").Single()).Width, Decode(All(page, "img", "filters").Single()).Height));
    }

    [Fact]
    public void Curves_go_through_their_points()
    {
        XElement page = Write(Run());
        Assert.Equal(["Loss", "Top-1 accuracy", "Top-5 accuracy", "Learning rate"], All(page, "section", "curves").Single().Descendants("figcaption").Select(c => c.Value));

        // Training's loss has a gap where it is NaN; validation's one point is a dot.
        XElement loss = All(page, "figure").First(f => f.Element("figcaption")?.Value == "Loss");
        (double X, double Y)[][] lines = [.. All(loss, "polyline", "series0").Select(Points)];
        Assert.Equal([3, 6], lines.Select(l => l.Length));
        Assert.Equal("series1", (string?)loss.Descendants("circle").Single().Attribute("class"));

        // x and y are linear in the step and the loss: of points that were given, of the file's rounding to 0.01.
        (double X, double Y)[] all = [.. lines.SelectMany(l => l)];
        int[] steps = [1, 2, 3, 5, 6, 7, 8, 9, 10];
        double perStep = (all[^1].X - all[0].X) / 9, perLoss = (all[^1].Y - all[0].Y) / (0.2 - 2.0);
        Assert.True(perStep > 0 && perLoss < 0, "x grows to the right, y grows upwards");
        for (int i = 0; i < steps.Length; i++)
        {
            Assert.Equal(all[0].X + (perStep * (steps[i] - 1)), all[i].X, 0.02);
            Assert.Equal(all[0].Y + (perLoss * ((2.0 / steps[i]) - 2)), all[i].Y, 0.02);
        }

        static (double X, double Y)[] Points(XElement line) => [.. ((string)line.Attribute("points")!).Split(' ').Select(p => p.Split(','))
            .Select(p => (double.Parse(p[0], CultureInfo.InvariantCulture), double.Parse(p[1], CultureInfo.InvariantCulture)))];
    }

    [Fact]
    public void Elements_that_HTML_closes_by_a_tag_of_their_own_have_one()
    {
        // <td/> would be an open cell to a browser; void elements and those of SVG may close themselves.
        Write(Run());
        string text = File.ReadAllText(Html);
        foreach (string name in new[] { "td", "th", "p", "div", "span", "figure", "table", "section", "title", "style" })
            Assert.DoesNotMatch($"<{name}(\\s[^>]*)?/>", text);
    }

    [Fact]
    public void Of_many_classes_the_pairs_confused_most_are_listed()
    {
        var confusion = new int[100, 100];
        (confusion[3, 4], confusion[98, 2], confusion[5, 5]) = (6, 9, 100);
        XElement page = Write(new RunRecord { Title = "many", ClassNames = [.. Enumerable.Range(0, 100).Select(c => $"c{c}")], Confusion = confusion });
        Assert.Equal(["c98", "c2", "9", "c3", "c4", "6"], All(page, "table", "pairs").Single().Descendants("td").Select(t => t.Value));
        Assert.Empty(All(page, "table", "confusion"));
    }

    [Fact]
    public void An_empty_run_is_a_page_too_and_long_curves_are_thinned()
    {
        Assert.Empty(Write(new RunRecord { Title = "empty" }).Descendants("svg"));
        XElement page = Write(new RunRecord { Title = "long", Metrics = [.. Enumerable.Range(0, 100_001).Select(s => new MetricsRow(s, 0, MetricsPhase.Training) { Loss = 1 })] });
        string[] points = ((string)page.Descendants("polyline").Single().Attribute("points")!).Split(' ');
        Assert.InRange(points.Length, 1900, 2001);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_and_nothing_is_written()
    {
        Refused(Run() with { Confusion = new int[2, 3] }, "2 x 3");
        Refused(Run() with { Mistakes = [new RunMistake("x", 3, 0, 1, TestPictures.Pattern(2, 2))] }, "of class 3");
        Refused(Run() with { Filters = new FilterBank(new float[7], 1, 3, 2, 2) }, "7 values");
        Assert.Contains("no such folder", Assert.Throws<IOException>(() => HtmlReport.Write(Path.Combine(_folder.Path, "no", "x.html"), Run())).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        void Refused(RunRecord record, string part) =>
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => HtmlReport.Write(Html, record)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_are_stretched_each_by_itself_in_their_colours()
    {
        // Two filters of 3 channels of 1 x 2: blue first. The second is constant.
        Picture picture = new FilterBank([0, 1, 2, 3, 4, 5, 7, 7, 7, 7, 7, 7], 2, 3, 1, 2, ChannelOrder.Bgr).ToPicture();
        Assert.Equal((7, 3), (picture.Width, picture.Height));
        Assert.Equal([204, 102, 0, 255, 153, 51], picture.Pixels[24..30]);
        Assert.Equal([128, 128, 128, 128, 128, 128], picture.Pixels[33..39]);
        Assert.Equal(Enumerable.Repeat((byte)128, 21), picture.Pixels[..21]);

        // One channel is grey; what is not finite is black.
        Assert.Equal([0, 0, 0, 255, 255, 255, 0, 0, 0], new FilterBank([-1, 1, float.NaN], 1, 1, 1, 3).ToPicture().Pixels[18..27]);
    }
}
