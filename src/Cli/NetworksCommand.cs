using System.CommandLine;
using System.Globalization;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet networks</c>: the zoo, a line each.</summary>
internal static class NetworksCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("networks", "Lists the networks, a line each.");
        command.SetAction(_ =>
        {
            TextTable table = new TextTable().Text("network").Number("input").Number("classes").Number("parameters").Text("what it is");
            foreach (ZooEntry entry in NetworkZoo.All)
            {
                table.Row(
                    entry.Name, $"{entry.InputSize}", entry.Classes is { } classes ? $"{classes}" : "-",
                    entry.Create().ParameterCount.ToString("N0", CultureInfo.InvariantCulture), entry.Description);
            }

            table.Write(context.Output);
            return CliApplication.Success;
        });
        return command;
    }
}
