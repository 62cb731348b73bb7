using System.Globalization;
using Spectre.Console;

namespace AlexNetCuda.Cli;

/// <summary>A table of plain text, with numbers to the right.</summary>
internal sealed class TextTable
{
    private const int Unbounded = 10_000; // a log has no width
    private readonly Table _table = new() { Border = TableBorder.None };

    /// <summary>Adds a column of text.</summary>
    public TextTable Text(string heading) => Add(heading, Justify.Left);

    /// <summary>Adds a column of numbers.</summary>
    public TextTable Number(string heading) => Add(heading, Justify.Right);

    /// <summary>Adds a row.</summary>
    public void Row(params IEnumerable<string> cells) => _table.AddRow(cells.Select(c => new Spectre.Console.Text(c)));

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter output)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Unbounded;
        console.Write(_table);
        foreach (string line in text.ToString().TrimEnd('\n', '\r').Split('\n')) output.WriteLine(line.TrimEnd());
    }

    private TextTable Add(string heading, Justify justify)
    {
        _table.AddColumn(new TableColumn(new Spectre.Console.Text(heading)) { Alignment = justify, NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        return this;
    }
}
