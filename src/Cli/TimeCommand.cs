using System.CommandLine;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet time</c> is asked for.</summary>
internal sealed record TimeRequest
{
    public required IReadOnlyList<Network> Networks { get; init; }

    /// <summary>Whether the articles' figures are printed beside ours.</summary>
    public required bool All { get; init; }

    public required int Batch { get; init; }

    public required TimingOptions Timing { get; init; }

    public required bool ForwardOnly { get; init; }

    public required bool Layers { get; init; }

    /// <summary>Whether layers are compared with what the machine can do at most.</summary>
    public required bool Roofline { get; init; }

    public required string? Gradients { get; init; }

    public required DeviceRequest Device { get; init; }

    public required string? Images { get; init; }

    public required ulong Seed { get; init; }

    public required string? JsonPath { get; init; }
}

/// <summary><c>alexnet time</c>: the articles' benchmark.</summary>
internal static class TimeCommand
{
    private const int MostSteps = 1_000_000;

    public static Command Create(CommandContext context)
    {
        var network = new Argument<string?>("NETWORK")
        {
            Description = "The network's name; 'alexnet networks' lists them. Left out with --all.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var all = new Option<bool>("--all") { Description = "Times the articles' five networks and prints the articles' own figures beside ours." };
        Option<int> batch = CommonOptions.Batch(32);
        Option<int?> inputSize = CommonOptions.InputSize();
        Option<int> steps = CommonOptions.Number("--steps", "The steps that count.", 1, MostSteps, 100);
        Option<int> burnIn = CommonOptions.Number("--burn-in", "The steps before them, which count nowhere.", 0, MostSteps, 10);
        var forwardOnly = new Option<bool>("--forward-only") { Description = "Leaves forward-backward out." };
        var layers = new Option<bool>("--layers") { Description = "Adds a table of each layer's time, its share, and GFLOP/s or GB/s." };
        var roofline = new Option<bool>("--roofline")
        {
            Description = "CPU: measures the machine's peak of multiply-adds and of reading memory first, and adds to --layers, which it implies, how much of each a layer reaches.",
        };
        var gradients = new Option<string?>("--gradients")
        {
            Description = "The parameters whose gradients are computed, with * and ?, several with commas between, as \"conv*\"; all if left out.",
            HelpName = "PATTERN",
        };
        var images = new Option<string?>("--images")
        {
            Description = "A folder tree of pictures (JPEG, PNG, PPM) to use instead of random normal images; a bad one is named and skipped.",
            HelpName = "DIR",
        };
        Option<ulong> seed = CommonOptions.Seed();
        var json = new Option<string?>("--json")
        {
            Description = "Writes the result to a file as well: an object, or with --all an array of five. It is written whole or not at all.",
            HelpName = "FILE",
        };
        var command = new Command("time", """
            Times a network forward and forward-backward by the protocol of the articles, and prints as they do.
            A step ends when its results are computed; its batch lies on the device before it begins, and no parameter is updated.
            Forward-backward drops with dropout where the network has it.
            """)
        {
            network, all, batch, inputSize, steps, burnIn, forwardOnly, layers, roofline, gradients, images, seed, json,
        };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            string? name = parse.GetValue(network);
            bool everyone = parse.GetValue(all);
            if (name is null && !everyone) throw new UsageException("Name a network, or say --all. 'alexnet networks' lists the networks.");
            if (name is not null && everyone) throw new UsageException("With --all no network is named.");
            if (everyone && parse.GetValue(inputSize) is not null)
                throw new UsageException("With --all the networks have their own input sizes: leave --input-size out.");
            if (parse.GetValue(forwardOnly) && parse.GetValue(gradients) is not null)
                throw new UsageException("--gradients has no meaning with --forward-only.");
            IEnumerable<string> names = name is null ? Articles.Figures.Select(f => f.Network) : [name];
            var request = new TimeRequest
            {
                Networks = [.. names.Select(n => CommonOptions.CreateNetwork(n, parse.GetValue(inputSize)))],
                All = everyone,
                Batch = parse.GetValue(batch),
                Timing = new TimingOptions { Steps = parse.GetValue(steps), BurnIn = parse.GetValue(burnIn) },
                ForwardOnly = parse.GetValue(forwardOnly),
                Layers = parse.GetValue(layers) || parse.GetValue(roofline),
                Roofline = parse.GetValue(roofline),
                Gradients = parse.GetValue(gradients),
                Device = device.Read(parse),
                Images = parse.GetValue(images),
                Seed = parse.GetValue(seed),
                JsonPath = parse.GetValue(json),
            };
            if (request.Roofline && request.Device.Name.Kind is not (DeviceKind.Auto or DeviceKind.Cpu))
                throw new UsageException($"--roofline is for the CPU device; it has no meaning on device '{request.Device.Name}'.");
            foreach (Network each in request.Networks) Check(each, request);
            return TimeRun.Run(request, context);
        });
        return command;
    }

    /// <summary>Finds out what cannot work before anything is timed.</summary>
    private static void Check(Network network, TimeRequest request)
    {
        long values = network.InputShape(request.Batch).Count;
        if (values > Array.MaxLength) throw new UsageException($"A batch of {request.Batch} images of {network.Height}x{network.Width} is too large.");
        if (network.Parameters.FirstOrDefault(p => p.Shape.Count > Array.MaxLength) is { } large)
            throw new UsageException($"With an input size of {network.Height}, parameter '{large.Name}' of shape {large.Shape} is too large.");
        if (request.Gradients is not { } pattern) return;
        if (network.Parameters.Any(p => NamePattern.Matches(pattern, p.Name))) return;
        throw new UsageException(
            $"No parameter of network '{network.Name}' matches '{pattern}'. It has: {string.Join(", ", network.Parameters.Select(p => p.Name))}.");
    }
}
