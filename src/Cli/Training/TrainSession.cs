using AlexNetCuda.IO;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cli;

/// <summary>A run of training, ready to go on: data, network, parameters, trainer, loaders and evaluator.</summary>
internal sealed class TrainSession : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private DatasetStatistics? _statistics; // of one resize and input size, those of the model

    private TrainSession(TrainRequest request, CommandContext context, ChosenDevice device) => (Request, Context, Device) = (request, context, device);

    public TrainRequest Request { get; }

    public CommandContext Context { get; }

    public ChosenDevice Device { get; }

    public CheckpointFolder Checkpoints { get; private set; } = null!;

    public TrainSettings Settings { get; private set; } = null!;

    public ModelDescription Model { get; private set; } = null!;

    public Network Network { get; private set; } = null!;

    public Parameters Parameters { get; private set; } = null!;

    public ImageDataset Dataset { get; private set; } = null!;

    public DatasetSplit Split { get; private set; } = null!;

    public Trainer Trainer { get; private set; } = null!;

    public BatchLoader Training { get; private set; } = null!;

    public BatchLoader Validation { get; private set; } = null!;

    public Evaluator Evaluator { get; private set; } = null!;

    /// <summary>Updates of an epoch, and of the whole run.</summary>
    public long UpdatesPerEpoch => Math.Max(1, Training.StepsPerEpoch / Settings.Accumulate);

    public long Updates => UpdatesPerEpoch * Settings.Epochs;

    /// <summary>The pictures that could not be read so far.</summary>
    public int SkippedPictures => Skipped.Count;

    private HashSet<string> Skipped { get; } = new(StringComparer.Ordinal);

    /// <summary>Begins a run, or takes up that of the folder.</summary>
    /// <exception cref="CommandException">The folder holds another run, or the data are not those of the run.</exception>
    public static TrainSession Open(TrainRequest request, CommandContext context, ChosenDevice device)
    {
        var session = new TrainSession(request, context, device);
        try
        {
            session.Checkpoints = new CheckpointFolder(request.Folder, request.KeepLast);
            if (request.Resume) session.Resume();
            else session.Begin();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Names the pictures that could not be read and were not named yet.</summary>
    public void NameSkipped()
    {
        TrainingData.Name(Training.Skipped, Skipped, Context);
        TrainingData.Name(Validation.Skipped, Skipped, Context);
    }

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? one)) one.Dispose();
    }

    private void Begin()
    {
        if (Checkpoints.Files.Count > 0)
            throw new CommandException($"{Request.Folder}: this folder holds the checkpoints of a run. --resume goes on with it; --checkpoint DIR names another folder.");
        OpenData(Request.Settings);
        Settings = Request.Settings with { Data = TrainingData.Fingerprint(Dataset, Split), Source = Path.GetFullPath(Request.Dataset) };
        int size = Request.InputSize ?? TrainingData.InputSizeFor(Dataset, NetworkZoo.Find(Request.Network).InputSize);
        Model = new ModelDescription
        {
            Network = Request.Network,
            InputSize = size,
            Classes = Dataset.ClassNames.Count,
            Width = Request.Width,
            OriginalHead = Request.OriginalHead,
            ClassNames = Dataset.ClassNames,
            Preprocessing = Preprocess(size),
        };
        Network = BuildNetwork();
        Context.Status.Show("making the parameters");
        Parameters = Network.CreateParameters(Settings.Seed, cancellation: Context.Cancellation);
        if (Request.From is { } file) Import(file);
        Compile();
    }

    private void Resume()
    {
        using Checkpoint checkpoint = TrainedModel.OpenNewest(Checkpoints, Context);
        Settings = checkpoint.ReadSettings<TrainSettings>();
        Model = checkpoint.Model;
        OpenData(Settings);
        if (TrainingData.Fingerprint(Dataset, Split) != Settings.Data)
            throw new CommandException($"{Request.Dataset}: these are not the pictures that the run in {Request.Folder} began with: names, classes or number differ.");
        if (Request.Epochs is { } epochs) Settings = Settings with { Epochs = epochs };
        Network = BuildNetwork();
        Parameters = TrainedModel.ReadParameters(checkpoint, Network, Context.Cancellation);
        Compile();
        checkpoint.Resume(Trainer);
        Context.Output.WriteLine($"Resumed: {checkpoint.Path}, after {Trainer.Updates} updates");
    }

    private void OpenData(TrainSettings settings)
    {
        Context.Status.Show("looking for pictures");
        Dataset = Own(TrainingData.Open(Request.Dataset));
        Split = TrainingData.Split(Dataset, settings);
        Context.Status.Clear();
        Context.Output.WriteLine($"Data: {Split.Training.Count} pictures of {Dataset.ClassNames.Count} classes to train with, {Split.Validation.Count} to measure with");
        if (Split.Training.Count < settings.Batch)
            throw new UsageException($"{Split.Training.Count} pictures to train with are fewer than a batch of {settings.Batch}: give a smaller --batch.");
    }

    private Preprocessing Preprocess(int size)
    {
        int resize = TrainingData.ResizeFor(size);
        switch (Request.Preset)
        {
            case PreprocessingPreset.Caffe: return Preprocessing.Caffe with { Resize = resize };
            case PreprocessingPreset.Torchvision: return Preprocessing.Torchvision with { Resize = resize };
        }

        DatasetStatistics statistics = Statistics(resize, size);
        Preprocessing plain = Preprocessing.Plain(statistics, resize);
        return Request.Preset == PreprocessingPreset.MeanImage ? plain with { MeanImage = statistics.MeanImage(plain) } : plain;
    }

    /// <summary>Mean, deviation and colours of the training pictures, which are read for them once.</summary>
    private DatasetStatistics Statistics(int resize, int size)
    {
        if (_statistics is not null) return _statistics;
        var progress = new PictureStatus(Context.Status, "looking at pictures");
        _statistics = DatasetStatistics.Compute(Dataset, Split.Training, resize, size, Request.Device.Threads, progress, Context.Cancellation);
        TrainingData.Name(_statistics.Skipped, Skipped, Context);
        return _statistics;
    }

    private Network BuildNetwork() => Model.CreateNetwork(new NetworkOptions { Initialization = Request.Initialization, KeepProbability = Settings.Keep });

    private void Import(string path)
    {
        using WeightFile file = WeightFile.Open(path);
        var options = new WeightImportOptions { Convention = file.Convention ?? WeightConvention.Ours, Skip = Request.Skip };
        WeightImportReport report = WeightImport.Read(file.Tensors, path, Network, Parameters, options, Context.Cancellation);
        Context.Output.WriteLine($"Weights: {report.Read.Count} parameters of {path}; begun anew: {(report.Skipped.Count > 0 ? string.Join(", ", report.Skipped) : "none")}");
    }

    private void Compile()
    {
        Context.Status.Show("compiling");
        Preprocessing preprocessing = Model.Preprocessing ?? throw new CommandException($"{Request.Folder}: the checkpoint does not say how pictures are preprocessed.");
        Augmentation augmentation = AugmentationText.Parse(Settings.Augment, () => PrincipalColours.Of(Statistics(preprocessing.Resize, Model.InputSize)));
        var loading = new LoaderOptions { Batch = Settings.Batch, InputSize = Model.InputSize, Preprocessing = preprocessing, Seed = Settings.Seed };
        Training = Own(new BatchLoader(Dataset, Split.Training, loading with { Shuffle = true, Augmentation = augmentation }));
        Validation = Own(new BatchLoader(Dataset, Split.Validation, loading));
        Trainer = Own(new Trainer(Network, Device.Device, Parameters, Settings.TrainerOptions(Network, UpdatesPerEpoch, Request.Device.Fuse)));
        Evaluator = Own(new Evaluator(Network, Device.Device, Parameters, Settings.Batch, fuse: Request.Device.Fuse));
        Context.Status.Clear();
    }

    private T Own<T>(T one)
        where T : IDisposable
    {
        _owned.Push(one);
        return one;
    }
}
