using System.CommandLine;
using System.Globalization;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet train</c>: from a folder of pictures to a classifier.</summary>
internal static class TrainCommand
{
    private const int Most = 1_000_000_000;
    private const string DefaultNetwork = "alexnet-same";

    public static Command Create(CommandContext context)
    {
        var defaults = new TrainSettings();
        var dataset = new Argument<string>("DATASET") { Description = "A folder with a folder of pictures for each class (or train/ and val/ with such folders), or a file that 'alexnet pack' made." };
        var network = new Option<string>("--network") { Description = "The network; 'alexnet networks' lists them.", HelpName = "NAME", DefaultValueFactory = _ => DefaultNetwork };
        var inputSize = CommonOptions.InputSize();
        inputSize.Description = "Rows and columns of an image; if left out the network's own, or, for smaller pictures, 7/8 of their shorter side.";
        var width = Real("--width", "What the numbers of filters and hidden units are multiplied by: less than 1 for a smaller network.", "W", 1);
        Option<int> epochs = CommonOptions.Number("--epochs", "How often every picture is trained with.", 1, Most, defaults.Epochs);
        Option<int> batch = CommonOptions.Batch(defaults.Batch);
        Option<int> accumulate = CommonOptions.Number("--accumulate", "Batches whose gradients are averaged for an update.", 1, Most, 1);
        var rate = Real("--lr", "The first learning rate.", "R", defaults.Rate);
        var schedule = Text("--schedule", $"How the learning rate changes: {ScheduleText.Forms}. N is a number of updates, or with an e behind it of epochs.", "S", defaults.Schedule);
        var momentum = Real("--momentum", "The share of the last change that is kept.", "M", defaults.Momentum);
        var nesterov = new Option<bool>("--nesterov") { Description = "Nesterov's momentum." };
        var decay = Real("--weight-decay", "The coefficient of the L2 penalty.", "D", defaults.WeightDecay);
        var rates = Text("--rates", "Factors of learning rate and weight decay for some parameters: PATTERN=RATE or PATTERN=RATE:DECAY, several with commas between.", "LIST", defaults.Rates);
        var clip = Real("--clip", "The largest norm of all gradients together; larger ones are scaled down to it. 0 clips nothing.", "NORM", defaults.Clip);
        var keep = new Option<float?>("--keep-probability") { Description = "The probability with which dropout keeps an element; the network's if left out.", HelpName = "P" };
        var augment = Text("--augment", $"How training pictures are varied: {AugmentationText.Forms}.", "LIST", defaults.Augment);
        var preprocess = Choice("--preprocess", "From pixels to values: plain (mean and deviation of the training pictures), meanimage, caffe or torchvision.", PreprocessingPreset.Plain);
        var validation = new Option<double>("--val") { Description = "The share of each class that only measures, where there are no folders train/ and val/.", HelpName = "SHARE", DefaultValueFactory = _ => defaults.Validation };
        var initialization = Choice("--init", "The first weights: he, xavier or original.", InitializationScheme.He);
        var head = new Option<bool>("--original-head") { Description = "The scores are what the original network ends with (alexnet-same: rectified), not linear." };
        var from = new Option<string?>("--from") { Description = "Weights to begin with: a checkpoint, or any file that 'alexnet convert' reads.", HelpName = "FILE" };
        var skip = new Option<string?>("--skip") { Description = "Layers that are not taken from --from but begin anew, with * and ?, several with commas between: the last one for other classes.", HelpName = "LAYERS" };
        var freeze = new Option<string?>("--freeze") { Description = "Layers that do not learn, likewise.", HelpName = "LAYERS" };
        Option<ulong> seed = CommonOptions.Seed();
        var folder = new Option<string?>("--checkpoint") { Description = "The folder of the run: checkpoints, metrics.csv, TensorBoard's events. runs/DATASET-NETWORK if left out.", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "Goes on with the run in the folder, to the very bits it would have had; of the options here only --epochs and those of the device may be given." };
        var saveEvery = new Option<int?>("--save-every") { Description = "Updates between two checkpoints; if left out, one at the end of each epoch.", HelpName = "N" };
        Option<int> keepLast = CommonOptions.Number("--keep-last", "Checkpoints that are kept.", 1, Most, 3);
        var command = new Command("train", """
            Trains a network with pictures, from scratch or from weights of another, and measures it with pictures that it was not trained with.
            The run can be interrupted with Ctrl+C at any time, or killed, and resumed. 'alexnet evaluate' and 'alexnet classify' use what it learnt, 'alexnet report' shows it.
            """)
        {
            dataset, network, inputSize, width, epochs, batch, accumulate, rate, schedule, momentum, nesterov, decay, rates, clip, keep, augment, preprocess, validation, initialization, head,
            from, skip, freeze, seed, folder, resume, saveEvery, keepLast,
        };
        Option[] ofNewRuns = [.. command.Options.Except([epochs, folder, resume, saveEvery, keepLast])];
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            bool goesOn = parse.GetValue(resume);
            if (goesOn && ofNewRuns.FirstOrDefault(o => parse.GetResult(o) is { Implicit: false }) is { } given)
                throw new UsageException($"A run that is resumed goes on as it began: leave {given.Name} out.");
            if (parse.GetValue(skip) is not null && parse.GetValue(from) is null) throw new UsageException("--skip has a meaning only with --from.");
            if (parse.GetValue(saveEvery) is < 1) throw new UsageException("--save-every is at least 1.");
            double share = parse.GetValue(validation);
            if (!(share > 0 && share < 1)) throw new UsageException($"--val is above 0 and below 1, not {share.ToString(CultureInfo.InvariantCulture)}.");
            string path = parse.GetValue(dataset)!, name = parse.GetValue(network)!;
            if (!goesOn) Check(name, parse.GetValue(inputSize), parse.GetValue(width), parse.GetValue(keep));
            var settings = new TrainSettings
            {
                Epochs = parse.GetValue(epochs),
                Batch = parse.GetValue(batch),
                Accumulate = parse.GetValue(accumulate),
                Rate = parse.GetValue(rate),
                Schedule = parse.GetValue(schedule)!,
                Momentum = parse.GetValue(momentum),
                Nesterov = parse.GetValue(nesterov),
                WeightDecay = parse.GetValue(decay),
                Rates = parse.GetValue(rates)!,
                Clip = parse.GetValue(clip),
                Freeze = parse.GetValue(freeze),
                Augment = parse.GetValue(augment)!,
                Validation = share,
                Seed = parse.GetValue(seed),
                Keep = parse.GetValue(keep),
            };
            var request = new TrainRequest
            {
                Dataset = path,
                Folder = parse.GetValue(folder) ?? Path.Combine("runs", $"{Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path))}-{name}"),
                Device = device.Read(parse),
                Resume = goesOn,
                Epochs = parse.GetResult(epochs) is { Implicit: false } ? settings.Epochs : null,
                Settings = settings,
                Network = name,
                InputSize = parse.GetValue(inputSize),
                Width = parse.GetValue(width),
                Initialization = parse.GetValue(initialization),
                OriginalHead = parse.GetValue(head),
                Preset = parse.GetValue(preprocess),
                From = parse.GetValue(from),
                Skip = parse.GetValue(skip)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                SaveEvery = parse.GetValue(saveEvery),
                KeepLast = parse.GetValue(keepLast),
            };
            return TrainRun.Run(request, context);
        });
        return command;
    }

    /// <summary>Finds out what cannot be before the pictures are looked at.</summary>
    private static void Check(string name, int? inputSize, double width, float? keep)
    {
        try
        {
            if (NetworkZoo.Find(name).Classes is null) throw new UsageException($"Network '{name}' has no classes, and cannot be trained to tell them.");
            _ = NetworkZoo.Create(name, new NetworkOptions { InputSize = inputSize, Width = width, KeepProbability = keep, Classes = 2 });
        }
        catch (Exception e) when (e is ArgumentException or Layers.ShapeException)
        {
            throw new UsageException(e.Message, e);
        }
    }

    private static Option<string> Text(string name, string description, string helpName, string fallback) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => fallback };

    private static Option<float> Real(string name, string description, string helpName, float fallback) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) || !(number >= 0) || !float.IsFinite(number))
                result.AddError($"{name} is a number of at least 0, not '{text}'.");
            return number;
        },
    };

    private static Option<T> Choice<T>(string name, string description, T fallback)
        where T : struct, Enum => new(name)
        {
            Description = description,
            HelpName = "NAME",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!Enum.TryParse(text, ignoreCase: true, out T value) || !Enum.IsDefined(value) || char.IsAsciiDigit(text[0]))
                    result.AddError($"{name} is one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}, not '{text}'.");
                return value;
            },
        };
}
