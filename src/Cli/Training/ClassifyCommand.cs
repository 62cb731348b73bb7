using System.CommandLine;
using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet classify</c>: what pictures show.</summary>
internal static class ClassifyCommand
{
    public static Command Create(CommandContext context)
    {
        var images = new Argument<string[]>("IMAGE") { Description = "Pictures: JPEG, PNG or PPM.", Arity = ArgumentArity.OneOrMore };
        Option<string> checkpoint = TrainedModel.Option();
        Option<int> top = CommonOptions.Number("--top", "How many classes are named of each picture, the likeliest first.", 1, 1_000_000, 5);
        Option<int> views = EvaluateCommand.ViewsOption();
        var command = new Command("classify", "Says what pictures show, with what a run of training has learnt. A picture that cannot be read is named, and fails the command in the end.")
        {
            images, checkpoint, top, views,
        };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            using ChosenDevice chosen = DeviceFactory.Create(device.Read(parse));
            TrainedModel model = TrainedModel.Open(parse.GetValue(checkpoint)!, context);
            var crops = new EvaluationViews(parse.GetValue(views), model.Description.InputSize, model.Preprocessing);
            using var evaluator = new Evaluator(model.Network, chosen.Device, model.Parameters, 1, crops.Count);
            var input = new float[crops.Length];
            int code = CliApplication.Success;
            foreach (string path in parse.GetValue(images)!)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                try
                {
                    crops.Write(PictureDecoder.Decode(path, model.Preprocessing.Resize), input);
                }
                catch (PictureException e)
                {
                    context.Error.WriteLine("alexnet: " + e.Message);
                    code = CliApplication.Failure;
                    continue;
                }

                evaluator.Score(input);
                context.Output.WriteLine($"{path}: {Best(evaluator.ProbabilitiesOf(0).ToArray(), model.Description.ClassNames, parse.GetValue(top))}");
            }

            return CliApplication.Finish(context, chosen, code);
        });
        return command;
    }

    private static string Best(double[] probabilities, IReadOnlyList<string> names, int count) => string.Join(", ", Enumerable.Range(0, probabilities.Length)
        .OrderByDescending(i => probabilities[i]).Take(count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{names[i]} {100 * probabilities[i]:f1}%")));
}
