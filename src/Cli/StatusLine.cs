using System.Globalization;
using System.Text;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>
/// One line that says how far long work is, on a terminal. It is drawn between steps by the thread that runs them:
/// a progress bar with a thread of its own would disturb what is timed.
/// </summary>
/// <param name="terminal">The terminal, or null to show nothing.</param>
internal sealed class StatusLine(TextWriter? terminal) : IProgress<TimingProgress>, IProgress<string>
{
    private int _shown;

    /// <summary>The terminal; null where nothing is shown.</summary>
    public TextWriter? Terminal => terminal;

    /// <summary>Shows a text in place of the one before.</summary>
    public void Show(string text)
    {
        if (terminal is null) return;
        terminal.Write("\r" + text.PadRight(_shown));
        terminal.Flush();
        _shown = text.Length;
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shown == 0) return;
        Show("");
        terminal!.Write('\r');
        _shown = 0;
    }

    /// <inheritdoc/>
    public void Report(string value) => Show(value);

    /// <inheritdoc/>
    public void Report(TimingProgress value) => Show(value.Step < 0
        ? string.Create(CultureInfo.InvariantCulture, $"{value.Title}: burn-in, {value.Step + value.Options.BurnIn} of {value.Options.BurnIn}")
        : string.Create(CultureInfo.InvariantCulture, $"{value.Title}: step {value.Step} of {value.Options.Steps}"));

    /// <summary>A writer to the same terminal: it takes this line away before it writes.</summary>
    public TextWriter Before(TextWriter output) => new ClearingWriter(output, this);

    private sealed class ClearingWriter(TextWriter output, StatusLine status) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => output.Encoding;

        public override void Write(char value)
        {
            status.Clear();
            output.Write(value);
        }

        public override void Write(string? value)
        {
            status.Clear();
            output.Write(value);
        }

        public override void WriteLine(string? value)
        {
            status.Clear();
            output.WriteLine(value);
        }

        public override void Flush() => output.Flush();
    }
}
