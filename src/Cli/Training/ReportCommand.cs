using System.CommandLine;
using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet report</c>: a run of training as one page.</summary>
internal static class ReportCommand
{
    private const int MostMistakes = 24, MistakeSide = 128;

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder of a run." };
        var output = new Option<string?>("--output") { Description = "The page to write; report.html in the folder if left out.", HelpName = "FILE" };
        var dataset = new Option<string?>("--dataset") { Description = "Where the run's pictures are now; where they were if left out.", HelpName = "DATASET" };
        var command = new Command("report", """
            Writes a run of training as one HTML page that needs nothing else: curves of loss and accuracy, the learning rate, which classes are taken for which,
            the surest mistakes as pictures, the first filters. What needs the pictures is left out where they are not there any more.
            """)
        {
            folder, output, dataset,
        };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            using ChosenDevice chosen = DeviceFactory.Create(device.Read(parse));
            string run = parse.GetValue(folder)!, page = parse.GetValue(output) ?? Path.Combine(run, "report.html");
            TrainedModel model = TrainedModel.Open(run, context);
            RunRecord record = Describe(run, model);
            string? pictures = parse.GetValue(dataset) ?? model.Settings?.Source;
            if (pictures is not null && Path.Exists(pictures)) record = Measure(record, model, chosen, pictures, context);
            else context.Error.WriteLine($"alexnet: {pictures ?? run}: the run's pictures are not there: the page has no confusions and no mistakes. --dataset says where they are.");
            HtmlReport.Write(page, record);
            context.Output.WriteLine(page);
            return CliApplication.Finish(context, chosen, CliApplication.Success);
        });
        return command;
    }

    private static RunRecord Describe(string run, TrainedModel model)
    {
        string metrics = Path.Combine(run, RunLog.MetricsName);
        Parameter? filters = model.Parameters.All.FirstOrDefault(p => p.Info.Shape.Rank == 4);
        var facts = new List<KeyValuePair<string, string>>
        {
            new("network", string.Create(CultureInfo.InvariantCulture, $"{model.Network.Name}, images of {model.Network.Height}x{model.Network.Width}, {model.Network.ParameterCount:N0} parameters")),
            new("checkpoint", Path.GetFileName(model.Path)),
        };
        if (model.Settings is { } s)
        {
            facts.Add(new("training", string.Create(
                CultureInfo.InvariantCulture,
                $"{s.Epochs} epochs, {s.Update}, rates {s.Rates}, clip {s.Clip}, pictures {s.Augment}, seed {s.Seed}")));
        }

        return new RunRecord
        {
            Title = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run))),
            Facts = facts,
            Metrics = File.Exists(metrics) ? MetricsFile.Read(metrics) : [],
            ClassNames = model.Description.ClassNames,
            Filters = filters is null ? null : Filters(filters, model.Preprocessing.Channels),
        };
    }

    private static FilterBank Filters(Parameter parameter, ChannelOrder order)
    {
        Shape shape = parameter.Info.Shape;
        var values = new float[shape.Count];
        parameter.Read(values);
        return new FilterBank(values, shape[0], shape[1], shape[2], shape[3], order);
    }

    private static RunRecord Measure(RunRecord record, TrainedModel model, ChosenDevice device, string pictures, CommandContext context)
    {
        using ImageDataset dataset = EvaluateCommand.Open(pictures, model);
        IReadOnlyList<int> indices = EvaluateCommand.Choose(dataset, model, all: false, context.Output);
        EvaluationResult result = EvaluateCommand.Evaluate(model, device, dataset, indices, 32, 1, context);
        return record with
        {
            Facts =
            [
                .. record.Facts,
                new("measured", string.Create(CultureInfo.InvariantCulture, $"top-1 {100 * result.Top1Share:f1}%, top-5 {100 * result.Top5Share:f1}%, loss {result.Loss:f4}, of {result.Pictures.Count} pictures")),
            ],
            Confusion = result.Confusion,
            Mistakes = [.. result.Mistakes.Take(MostMistakes).Select(m => new RunMistake(
                dataset.NameOf(m.Index), m.Label, m.Predicted, m.Probability, PictureTransform.ResizeShorterSide(dataset.Load(m.Index, MistakeSide), MistakeSide)))],
        };
    }
}
