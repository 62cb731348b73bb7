using System.CommandLine;
using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet convert</c> was asked.</summary>
/// <param name="Input">The file to read, or the folder of a run.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Network">The network's name; null: the file's.</param>
/// <param name="InputSize">Rows and columns of an image; null: the file's, or the original's.</param>
/// <param name="Classes">Outputs of the last layer; null: the file's, or the original's.</param>
/// <param name="Width">As <see cref="NetworkOptions.Width"/>; null: the file's, or 1.</param>
/// <param name="From">The file's names; null: as the file says.</param>
/// <param name="To">The names to write.</param>
/// <param name="Skip">Layers that are not read.</param>
/// <param name="Bgr">Whether the order of the image's channels is turned around.</param>
internal sealed record ConvertRequest(
    string Input, string Output, string? Network, int? InputSize, int? Classes, double? Width, WeightConvention? From, WeightConvention To, IReadOnlyList<string> Skip, bool Bgr);

/// <summary><c>alexnet convert</c>: a file of weights into one of another format, other names or another layout.</summary>
internal static class ConvertCommand
{
    private const int MostClasses = 1_000_000;
    private const string Onnx = ".onnx";
    private static readonly IReadOnlyList<string> Writable = [.. WeightFormats.Writable, Onnx];

    private static readonly Dictionary<string, WeightConvention> Conventions =
        Enum.GetValues<WeightConvention>().ToDictionary(c => c.ToString().ToLowerInvariant());

    public static Command Create(CommandContext context)
    {
        var input = new Argument<string>("IN") { Description = $"The file to read: {string.Join(", ", WeightFormats.Readable)}; or the folder of a run: its newest checkpoint." };
        var output = new Argument<string>("OUT") { Description = $"The file to write: {string.Join(", ", Writable)}. {Onnx} is the whole network, for other runtimes." };
        var network = new Option<string?>("--network") { Description = "The network's name, where the file does not say it; 'alexnet networks' lists them.", HelpName = "NAME" };
        Option<int?> inputSize = CommonOptions.InputSize();
        Option<int?> classes = CommonOptions.OptionalNumber("--classes", "Outputs of the last layer; the file's, or the original's, if left out.", "N", 1, MostClasses);
        var width = new Option<double?>("--width") { Description = "What the network's numbers of filters and hidden units are multiplied by; the file's, or 1, if left out.", HelpName = "W" };
        Option<WeightConvention?> from = Names("--from", "The names and layouts of IN, where it does not say them: ");
        Option<WeightConvention?> to = Names("--to", "The names and layouts of OUT; ours if left out: ");
        var skip = new Option<string?>("--skip")
        {
            Description = "Layers that are not read and get new values instead: names with * and ?, several with commas between.",
            HelpName = "PATTERNS",
        };
        var bgr = new Option<bool>("--bgr") { Description = "Turns around the order of the image's channels, RGB for BGR, in the first convolution's filters." };
        var command = new Command("convert", """
            Reads the weights of a network from a file and writes them to another: other format, names or layout. Formats go by the files' extensions.
            It says which parameters were read and which tensors of the file were not used. The model's description goes along from and to our safetensors files.
            """) { input, output, network, inputSize, classes, width, from, to, skip, bgr };
        command.SetAction(parse => Run(
            new ConvertRequest(
                parse.GetRequiredValue(input), parse.GetRequiredValue(output), parse.GetValue(network), parse.GetValue(inputSize), parse.GetValue(classes),
                parse.GetValue(width), parse.GetValue(from), parse.GetValue(to) ?? WeightConvention.Ours,
                (parse.GetValue(skip) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), parse.GetValue(bgr)),
            context));
        return command;
    }

    private static int Run(ConvertRequest request, CommandContext context)
    {
        if (!Writable.Any(e => HasExtension(request.Output, e)))
            throw new UsageException($"'{request.Output}' cannot be written: its extension is none of {string.Join(", ", Writable)}.");
        if (Directory.Exists(request.Input))
        {
            using Checkpoint newest = TrainedModel.OpenNewest(new CheckpointFolder(request.Input), context);
            request = request with { Input = newest.Path };
        }

        bool graph = HasExtension(request.Output, Onnx);
        if (graph && request.To != WeightConvention.Ours) throw new UsageException($"--to has no meaning for {Onnx}: the weights are part of the graph.");
        Network network;
        Parameters parameters;
        ModelDescription description;
        WeightImportReport report;
        WeightConvention from;
        using (WeightFile file = WeightFile.Open(request.Input)) // closed before OUT is written: it may be the same file
        {
            from = request.From ?? file.Convention
                ?? throw new UsageException($"{request.Input} does not say how it names its tensors: say --from {string.Join(", ", Conventions.Keys)}.");
            description = Describe(request, file.Description);
            network = Build(description);
            parameters = network.CreateParameters(cancellation: context.Cancellation);
            report = Read(request, file, from, network, parameters, context.Cancellation);
        }

        // A network that is trained with labels ends with its scores.
        string? target = description.Loss == LossKind.Original ? null : network.LossSource;
        if (graph) OnnxExport.Write(request.Output, network, parameters, new OnnxExportOptions { Target = target }, context.Cancellation);
        else WeightFormats.Write(request.Output, WeightExport.Tensors(network, parameters, request.To), request.To, description, context.Cancellation);
        Write(report, request, network, from, context.Output);
        return CliApplication.Success;
    }

    private static WeightImportReport Read(
        ConvertRequest request, WeightFile file, WeightConvention from, Network network, Parameters parameters, CancellationToken cancellation)
    {
        try
        {
            var options = new WeightImportOptions { Convention = from, Skip = request.Skip, ReverseChannels = request.Bgr };
            return WeightImport.Read(file.Tensors, request.Input, network, parameters, options, cancellation);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e); // a pattern that matches nothing, channels that cannot be turned around
        }
    }

    /// <summary>The model as the file describes it, changed by the options; where the order of channels is turned around, its preprocessing's is too.</summary>
    private static ModelDescription Describe(ConvertRequest request, ModelDescription? known)
    {
        string name = request.Network ?? known?.Network
            ?? throw new UsageException($"{request.Input} does not say which network's weights it holds: say --network NAME.");
        if (name != known?.Network) known = null; // what it says of another network does not hold
        ZooEntry entry;
        try
        {
            entry = NetworkZoo.Find(name);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e);
        }

        int? classes = request.Classes ?? known?.Classes ?? entry.Classes;
        bool sameClasses = known is not null && classes == known.Classes;
        return new ModelDescription
        {
            Network = name,
            InputSize = request.InputSize ?? known?.InputSize ?? entry.InputSize,
            Classes = classes,
            Width = request.Width ?? known?.Width ?? 1,
            OriginalHead = known?.OriginalHead ?? false,
            Loss = known?.Loss ?? (entry.Classes is null ? LossKind.Original : LossKind.SoftmaxCrossEntropy),
            ClassNames = sameClasses ? known!.ClassNames : [],
            Preprocessing = request.Bgr ? Turned(known?.Preprocessing) : known?.Preprocessing,
        };
    }

    private static Preprocessing? Turned(Preprocessing? preprocessing) => preprocessing is null ? null : preprocessing with
    {
        Channels = preprocessing.Channels == ChannelOrder.Rgb ? ChannelOrder.Bgr : ChannelOrder.Rgb,
        Mean = [.. preprocessing.Mean.Reverse()],
        Deviation = [.. preprocessing.Deviation.Reverse()],
    };

    private static Network Build(ModelDescription description)
    {
        try
        {
            return description.CreateNetwork();
        }
        catch (Exception e) when (e is ArgumentException or Layers.ShapeException)
        {
            throw new UsageException($"Network '{description.Network}' cannot be built as asked. {e.Message}", e);
        }
    }

    private static void Write(WeightImportReport report, ConvertRequest request, Network network, WeightConvention from, TextWriter output)
    {
        long values = network.Parameters.Where(p => report.Read.Contains(p.Name)).Sum(p => p.Shape.Count);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Input} ({NameOf(from)}) -> {request.Output} ({NameOf(request.To)}): {report.Read.Count} parameters of network '{network.Name}', {values:N0} values."));
        if (report.Skipped.Count > 0) output.WriteLine($"Skipped, with new values instead: {string.Join(", ", report.Skipped)}.");
        if (report.Unused.Count > 0) output.WriteLine($"Not used: {string.Join(", ", report.Unused)}.");
    }

    private static bool HasExtension(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static string NameOf(WeightConvention convention) => Conventions.First(c => c.Value == convention).Key;

    private static Option<WeightConvention?> Names(string name, string description) => new(name)
    {
        Description = $"{description}{string.Join(", ", Conventions.Keys)}.",
        HelpName = "NAMES",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Conventions.TryGetValue(text, out WeightConvention convention)) return convention;
            result.AddError($"{name} is one of {string.Join(", ", Conventions.Keys)}, not '{text}'.");
            return null;
        },
    };
}
