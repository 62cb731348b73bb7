using System.CommandLine;
using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet evaluate</c>: how well a checkpoint knows the pictures of a dataset.</summary>
internal static class EvaluateCommand
{
    private const int MostColumns = 20, MostPairs = 20, WorstShown = 5;

    public static Command Create(CommandContext context)
    {
        var dataset = new Argument<string>("DATASET") { Description = "A folder with a folder of pictures for each class, or a file that 'alexnet pack' made." };
        Option<string> checkpoint = TrainedModel.Option();
        Option<int> views = ViewsOption();
        Option<int> batch = CommonOptions.Batch(32);
        var all = new Option<bool>("--all") { Description = "Takes all pictures, also where they are those of the run and some were trained with." };
        var command = new Command("evaluate", """
            Measures a checkpoint: top-1, top-5, and which classes are taken for which.
            Of the pictures that the run was trained with, only those are taken that it kept to measure with.
            """)
        {
            dataset, checkpoint, views, batch, all,
        };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            using ChosenDevice chosen = DeviceFactory.Create(device.Read(parse));
            context.Output.WriteLine($"Device: {chosen}");
            TrainedModel model = TrainedModel.Open(parse.GetValue(checkpoint)!, context);
            using ImageDataset pictures = Open(parse.GetValue(dataset)!, model);
            IReadOnlyList<int> indices = Choose(pictures, model, parse.GetValue(all), context.Output);
            EvaluationResult result = Evaluate(model, chosen, pictures, indices, parse.GetValue(batch), parse.GetValue(views), context);
            Write(result, pictures, context.Output);
            return CliApplication.Finish(context, chosen, CliApplication.Success);
        });
        return command;
    }

    /// <summary>How many squares of each picture are looked at.</summary>
    public static Option<int> ViewsOption() => new("--views")
    {
        Description = "Squares of each picture whose probabilities are averaged: 1 (the middle), 5 (and the corners) or 10 (and all mirrored).",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text is not ("1" or "5" or "10")) result.AddError($"--views is 1, 5 or 10, not '{text}'.");
            return text.Length > 1 ? 10 : text[0] - '0';
        },
    };

    /// <summary>Opens a dataset, its classes numbered as the model's are.</summary>
    public static ImageDataset Open(string path, TrainedModel model)
    {
        ImageDataset dataset = TrainingData.Open(path);
        try
        {
            return new MappedDataset(dataset, model.Description.ClassNames);
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>The pictures to measure with: those of the run's own data that were not trained with, else all.</summary>
    public static IReadOnlyList<int> Choose(ImageDataset dataset, TrainedModel model, bool all, TextWriter output)
    {
        if (!all && model.Settings is { } settings)
        {
            DatasetSplit split = TrainingData.Split(dataset, settings);
            if (TrainingData.Fingerprint(dataset, split) == settings.Data)
            {
                output.WriteLine($"Data: the {split.Validation.Count} of {dataset.Count} pictures that the run was not trained with (--all takes all)");
                return split.Validation;
            }
        }

        output.WriteLine($"Data: all {dataset.Count} pictures of {dataset.Location}");
        return [.. Enumerable.Range(0, dataset.Count)];
    }

    /// <summary>Measures; names the pictures that cannot be read.</summary>
    public static EvaluationResult Evaluate(
        TrainedModel model, ChosenDevice device, ImageDataset dataset, IReadOnlyList<int> indices, int batch, int views, CommandContext context)
    {
        var options = new LoaderOptions { Batch = batch, InputSize = model.Description.InputSize, Preprocessing = model.Preprocessing, Views = views, CacheBytes = 0 };
        using var loader = new BatchLoader(dataset, indices, options);
        using var evaluator = new Evaluator(model.Network, device.Device, model.Parameters, batch, views);
        EvaluationResult result = evaluator.Run(loader, new MeasureStatus(context.Status), context.Cancellation);
        context.Status.Clear();
        TrainingData.Name(loader.Skipped, [], context);
        return result;
    }

    private static void Write(EvaluationResult result, ImageDataset dataset, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"top-1 {100 * result.Top1Share:f1}% ({result.Top1} of {result.Pictures.Count})"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"top-5 {100 * result.Top5Share:f1}% ({result.Top5} of {result.Pictures.Count})"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loss {result.Loss:f4}"));
        output.WriteLine();
        if (dataset.ClassNames.Count <= MostColumns) WriteConfusion(result.Confusion, dataset.ClassNames, output);
        else WritePairs(result.Confusion, dataset.ClassNames, output);
        PictureScore[] worst = [.. result.Mistakes.Take(WorstShown)];
        if (worst.Length == 0) return;
        output.WriteLine();
        output.WriteLine("Surest mistakes:");
        foreach (PictureScore one in worst)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{dataset.NameOf(one.Index)}: {dataset.ClassNames[one.Label]} taken for {dataset.ClassNames[one.Predicted]}, {100 * one.Probability:f1}%"));
        }
    }

    private static void WriteConfusion(int[,] confusion, IReadOnlyList<string> names, TextWriter output)
    {
        TextTable table = new TextTable().Text("class, taken for");
        foreach (string name in names) table.Number(name);
        table.Number("right");
        for (int row = 0; row < names.Count; row++)
        {
            int[] counts = [.. Enumerable.Range(0, names.Count).Select(c => confusion[row, c])];
            string share = counts.Sum() == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * counts[row] / counts.Sum():f1}%");
            table.Row([names[row], .. counts.Select(c => c == 0 ? "." : c.ToString(CultureInfo.InvariantCulture)), share]);
        }

        table.Write(output);
    }

    private static void WritePairs(int[,] confusion, IReadOnlyList<string> names, TextWriter output)
    {
        var pairs = from row in Enumerable.Range(0, names.Count)
                    from column in Enumerable.Range(0, names.Count)
                    where row != column && confusion[row, column] > 0
                    orderby confusion[row, column] descending
                    select (row, column);
        TextTable table = new TextTable().Text("class").Text("taken for").Number("pictures");
        foreach ((int row, int column) in pairs.Take(MostPairs)) table.Row(names[row], names[column], confusion[row, column].ToString(CultureInfo.InvariantCulture));
        table.Write(output);
    }
}
