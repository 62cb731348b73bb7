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
        var memory = new Option<bool>("--memory")
        {
            Description = "Plans the network for a device and says what device memory it would take; the memory itself is not taken.",
        };
        Option<ExecutionMode> mode = Mode();
        var command = new Command("summary", """
            Describes a network, a row a layer: kernel, stride and padding, output shape, neurons, parameters, multiply-adds, activation memory.
            Neurons are those of one image in layers with weights; multiply-adds and memory are those of a batch's forward pass.
            """) { network, batch, inputSize, json, memory, mode };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            bool planned = parse.GetValue(memory);
            IEnumerable<string> ofMemory = parse.GetResult(mode) is { Implicit: false } ? device.Given(parse).Append(mode.Name) : device.Given(parse);
            if (!planned && ofMemory.FirstOrDefault() is { } alone) throw new UsageException($"{alone} has no meaning without --memory.");
            DeviceRequest request = device.Read(parse);
            Network described = CommonOptions.CreateNetwork(parse.GetRequiredValue(network), parse.GetValue(inputSize));
            NetworkSummary summary = NetworkSummary.Of(described, parse.GetValue(batch));
            using ChosenDevice? chosen = planned ? DeviceFactory.Create(request) : null;
            Memory? plan = chosen is null
                ? null
                : new Memory(chosen, parse.GetValue(mode), described.PlanMemory(chosen.Device, new CompileOptions
                {
                    Batch = parse.GetValue(batch),
                    Mode = parse.GetValue(mode),
                    Fuse = request.Fuse,
                }));
            if (parse.GetValue(json)) context.Output.WriteLine(Json.Serialize(Report(summary, plan)));
            else WriteTable(summary, plan, context.Output);
            return chosen is null ? CliApplication.Success : CliApplication.Finish(context, chosen, CliApplication.Success);
        });
        return command;
    }

    private static void WriteTable(NetworkSummary summary, Memory? memory, TextWriter output)
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
        if (memory is not { } m) return;
        output.WriteLine();
        output.WriteLine($"Device: {m.Device}");
        output.WriteLine(
            $"Memory for {NameOf(m.Mode)}: {Bytes(m.Requirements.TotalBytes)}, of which {Bytes(m.Requirements.ArenaBytes)} for activations, gradients and scratch "
            + $"and {Bytes(m.Requirements.ParameterBytes)} for parameters");
    }

    private static object Report(NetworkSummary summary, Memory? memory) => new
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
        Memory = memory is { } m
            ? new
            {
                Device = m.Device.Name,
                DeviceDescription = m.Device.Device.Info.Description,
                Mode = NameOf(m.Mode),
                m.Requirements.ArenaBytes,
                m.Requirements.ParameterBytes,
                m.Requirements.TotalBytes,
            }
            : null,
    };

    private static Option<ExecutionMode> Mode()
    {
        ExecutionMode[] modes = Enum.GetValues<ExecutionMode>();
        return new Option<ExecutionMode>("--mode")
        {
            Description = $"With --memory: {string.Join(", ", modes.Select(NameOf))}.",
            HelpName = "MODE",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                int index = Array.FindIndex(modes, m => NameOf(m) == text);
                if (index < 0) result.AddError($"--mode is one of {string.Join(", ", modes.Select(NameOf))}, not '{text}'.");
                return index < 0 ? default : modes[index];
            },
        };
    }

    private static string NameOf(ExecutionMode mode) => mode.ToString().ToLowerInvariant();

    private static string Count(long number) => number == 0 ? "-" : number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
    };

    private sealed record Memory(ChosenDevice Device, ExecutionMode Mode, MemoryRequirements Requirements);
}
