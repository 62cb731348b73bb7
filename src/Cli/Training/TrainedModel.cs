using System.CommandLine;
using AlexNetCuda.Initialization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>What a run of training has learnt: a network with its parameters, its classes and its preprocessing.</summary>
internal sealed record TrainedModel(string Path, ModelDescription Description, Preprocessing Preprocessing, Network Network, Parameters Parameters, TrainSettings? Settings)
{
    public static Option<string> Option() => new("--checkpoint")
    {
        Description = "The folder of a run, whose newest checkpoint is taken, or a file: a checkpoint, or weights that 'alexnet convert' made.",
        HelpName = "DIR",
        Required = true,
    };

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">The folder of a run, or a file.</param>
    /// <param name="context">Takes what is wrong with newer checkpoints of the folder.</param>
    /// <exception cref="WeightFileException">There is none, or it is damaged.</exception>
    /// <exception cref="CommandException">It does not say what its classes are, or how pictures are preprocessed.</exception>
    public static TrainedModel Open(string path, CommandContext context)
    {
        using Checkpoint checkpoint = File.Exists(path) ? Checkpoint.Open(path) : OpenNewest(new CheckpointFolder(path), context);
        ModelDescription model = checkpoint.Model;
        Preprocessing preprocessing = model.Preprocessing ?? throw new CommandException($"{checkpoint.Path}: it does not say how pictures are preprocessed.");
        preprocessing.Validate(model.InputSize);
        Network network = model.CreateNetwork();
        if (network.LossSource is not { } scores) throw new CommandException($"{checkpoint.Path}: network '{network.Name}' has no scores of classes.");
        long classes = network.InferShapes(1)[scores].Count;
        if (model.ClassNames.Count != classes) throw new CommandException($"{checkpoint.Path}: it names {model.ClassNames.Count} classes, and the network has {classes}.");
        Parameters parameters = ReadParameters(checkpoint, network, context.Cancellation);
        TrainSettings? settings = checkpoint.Position is null ? null : checkpoint.ReadSettings<TrainSettings>();
        return new TrainedModel(checkpoint.Path, model, preprocessing, network, parameters, settings);
    }

    /// <summary>Opens the newest checkpoint of a run that is whole, and says what is wrong with newer ones.</summary>
    /// <exception cref="WeightFileException">There is none.</exception>
    public static Checkpoint OpenNewest(CheckpointFolder folder, CommandContext context)
    {
        var damaged = new List<WeightFileException>();
        Checkpoint checkpoint = folder.OpenNewest(damaged);
        foreach (WeightFileException one in damaged) context.Error.WriteLine($"alexnet: {one.Message} An older checkpoint is taken.");
        return checkpoint;
    }

    /// <summary>The parameters of a checkpoint. None is drawn first: all are read.</summary>
    public static Parameters ReadParameters(Checkpoint checkpoint, Network network, CancellationToken cancellation)
    {
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(0), cancellation: cancellation);
        checkpoint.ReadParameters(parameters);
        return parameters;
    }
}
