using System.CommandLine;
using System.Globalization;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet summary</c>: a network's layers with their sizes and work.</summary>
internal static class SummaryCommand
{
    public static Command Create(CommandContext context)
    {
        var network = new Argument<string>("NETWORK") { Description = "The network's name; 'alexnet networks' lists them." };
        Option<int> batch = CommonOptions.Batch(1);
        Option<int?> inputSize = CommonOptions.InputSize();
        var json = new Option<bool>("--json") { Description = "Writes JSON instead of a table." };
        var command = new Command("summary", """
            Describes a network, a row a layer: kernel, stride and padding, output shape, neurons, parameters, multiply-adds, activation memory.
            Neurons are those of one image in layers with weights; multiply-adds and memory are those of a batch's forward pass.
            """) { network, batch, inputSize, json };
        command.SetAction(parse =>
        {
            NetworkSummary summary = NetworkSummary.Of(
                CommonOptions.CreateNetwork(parse.GetRequiredValue(network), parse.GetValue(inputSize)), parse.GetValue(batch));
            if (parse.GetValue(json)) context.Output.WriteLine(Json.Serialize(Report(summary)));
            else WriteTable(summary, context.Output);
            return CliApplication.Success;
        });
        return command;
    }

    private static void WriteTable(NetworkSummary summary, TextWriter output)
    {
        output.WriteLine($"{summary.Network}, input {summary.InputShape}");
        TextTable table = new TextTable().Text("layer").Text("kind").Text("settings").Text("output")
            .Number("neurons").Number("parameters").Number("multiply-adds").Number("memory");
        foreach (SummaryRow row in summary.Rows)
        {
            table.Row(
                row.Name, row.Kind, row.Settings, row.OutputShape.ToString(), Count(row.Neurons), Count(row.Parameters), Count(row.MultiplyAdds),
                Bytes(row.ActivationBytes));
        }

        table.Row("total", "", "", "", Count(summary.Neurons), Count(summary.Parameters), Count(summary.MultiplyAdds), Bytes(summary.ActivationBytes));
        table.Write(output);
    }

    private static object Report(NetworkSummary summary) => new
    {
        summary.Network,
        InputShape = summary.InputShape.ToArray(),
        Layers = summary.Rows.Select(r => new
        {
            r.Name,
            r.Kind,
            r.Settings,
            OutputShape = r.OutputShape.ToArray(),
            r.Neurons,
            r.Parameters,
            r.MultiplyAdds,
            r.ActivationBytes,
        }),
        Total = new { summary.Neurons, summary.Parameters, summary.MultiplyAdds, summary.ActivationBytes },
    };

    private static string Count(long number) => number == 0 ? "-" : number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
    };
}
