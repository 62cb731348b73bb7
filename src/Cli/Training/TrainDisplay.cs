using System.Diagnostics;
using System.Globalization;
using AlexNetCuda.IO;
using Spectre.Console;

namespace AlexNetCuda.Cli;

/// <summary>
/// What a run of training shows: a line an epoch on the output, and between them, on a terminal, how far it is. That is drawn by the thread that trains, a few times a second: one of its
/// own would disturb the training.
/// </summary>
internal sealed class TrainDisplay(CommandContext context, int epochs)
{
    private const double SecondsBetween = 0.2;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private LiveDisplayContext? _live;
    private long _shown, _first = -1;

    /// <summary>Does some work during which <see cref="Show"/> shows how far it is; nothing else is written meanwhile.</summary>
    public void Live(Action work)
    {
        if (context.Status.Terminal is not { } terminal)
        {
            work();
            return;
        }

        context.Status.Clear();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal), Interactive = InteractionSupport.Yes });
        console.Live(new Text("")).AutoClear(true).Start(live =>
        {
            _live = live;
            try
            {
                work();
            }
            finally
            {
                _live = null;
            }
        });
    }

    /// <summary>Shows how far the run is.</summary>
    public void Show(long updates, long perEpoch, long all, TrainWindow window, TimeSpan waited)
    {
        if (_first < 0) _first = updates - 1;
        if (_live is null || (_shown != 0 && Stopwatch.GetElapsedTime(_shown).TotalSeconds < SecondsBetween)) return;
        _shown = Stopwatch.GetTimestamp();
        double left = Stopwatch.GetElapsedTime(_begin).TotalSeconds / (updates - _first) * (all - updates);
        _live.UpdateTarget(Table(((updates - 1) % perEpoch) + 1, perEpoch, ((updates - 1) / perEpoch) + 1, window, waited, left));
        _live.Refresh();
    }

    /// <summary>Writes the line of an epoch.</summary>
    public void WriteEpoch(long epoch, TrainWindow window, TimeSpan waited, EvaluationResult result) => context.Output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {epoch}/{epochs}: loss {window.Loss:f4}, top-1 {100 * window.Top1:f1}%; validation loss {result.Loss:f4}, top-1 {100 * result.Top1Share:f1}%, top-5 {100 * result.Top5Share:f1}%; rate {window.Rate:g3}, {window.ImagesPerSecond:f1} images/s, wait {100 * window.WaitShare(waited):f1}%"));

    private Rows Table(long within, long perEpoch, long epoch, TrainWindow window, TimeSpan waited, double left)
    {
        var table = new Table { Border = TableBorder.Rounded };
        string[] headings = ["epoch", "update", "loss", "top-1", "top-5", "rate", "images/s", "wait", "time left"];
        foreach (string heading in headings) table.AddColumn(new TableColumn(heading) { Alignment = Justify.Right, NoWrap = true });
        FormattableString[] cells =
        [
            $"{epoch}/{epochs}", $"{within}/{perEpoch}", $"{window.Loss:f4}", $"{100 * window.Top1:f1}%", $"{100 * window.Top5:f1}%", $"{window.Rate:g3}", $"{window.ImagesPerSecond:f0}",
            $"{100 * window.WaitShare(waited):f1}%", $"{TimeText(left)}",
        ];
        table.AddRow(cells.Select(c => new Text(FormattableString.Invariant(c))));
        var bar = new BreakdownChart { Width = 60, ShowTags = false };
        bar.AddItem("done", within, Color.Green).AddItem("to do", perEpoch - within, Color.Grey);
        return new Rows(table, bar);
    }

    private static string TimeText(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Min(seconds, 359999));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:d2}:{time.Seconds:d2}");
    }
}
