using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.IO;

/// <summary>
/// A run of training in a file of safetensors: the parameters under their names, the momentum under <c>momentum/</c> and the name, and as JSON in the metadata the model, the
/// position and the settings. There is no state of a random generator: all that is drawn depends on the seed and the position alone.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string PositionKey = "alexnetcuda.position", SettingsKey = "alexnetcuda.settings", MomentumPrefix = "momentum/";
    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file)
    {
        _file = file;
        Model = ModelDescription.Of(file) ?? throw new WeightFileException(file.Path, "it describes no model: it is not one of our checkpoints. 'alexnet convert' makes one of other weights.");
        if (file.Metadata.TryGetValue(PositionKey, out string? position)) Position = ModelJson.Read<TrainingPosition>(position, file.Path, PositionKey);
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>What the parameters are of.</summary>
    public ModelDescription Model { get; }

    /// <summary>Where the run was; null where the file holds weights alone.</summary>
    public TrainingPosition? Position { get; }

    /// <summary>Opens a checkpoint, or our weights alone.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">It cannot be read, is no safetensors file, is damaged, or describes no model.</exception>
    public static Checkpoint Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new Checkpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a checkpoint; the file appears whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="model">What the parameters are of.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="trainer">What trains them, between two updates; null writes weights alone.</param>
    /// <param name="settings">What is wanted to be found again by <see cref="ReadSettings"/>; null for nothing.</param>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The trainer is in the middle of an update.</exception>
    public static void Write(string path, ModelDescription model, Parameters parameters, Trainer? trainer = null, object? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(parameters);
        var metadata = new Dictionary<string, string> { [ModelDescription.MetadataKey] = model.ToJson(), [WeightFile.ConventionKey] = WeightConvention.Ours.ToString() };
        var tensors = parameters.All.Select(p => ToWrite(p.Info.Name, p.Info.Shape, p.Read)).ToList();
        if (trainer is not null)
        {
            metadata[PositionKey] = ModelJson.Write(trainer.Position);
            tensors.AddRange(trainer.Momentum.Select(m => ToWrite(MomentumPrefix + m.Key, m.Value.Format.Logical, m.Value.Read)));
        }

        if (settings is not null) metadata[SettingsKey] = ModelJson.Write(settings);
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Reads what <see cref="Write"/> was given as settings.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <exception cref="WeightFileException">There are none, or of another type.</exception>
    public T ReadSettings<T>() => _file.Metadata.TryGetValue(SettingsKey, out string? json)
        ? ModelJson.Read<T>(json, Path, SettingsKey)
        : throw new WeightFileException(Path, "it holds weights alone, and no run of training that could be resumed.");

    /// <summary>Sets parameters to those of the file.</summary>
    /// <param name="parameters">Those of the network that <see cref="Model"/> describes.</param>
    /// <exception cref="WeightFileException">One is missing, of another shape, or cannot be read.</exception>
    public void ReadParameters(Parameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (Parameter parameter in parameters.All) Read(parameter.Info.Name, parameter.Info.Shape, values => parameter.Write((ReadOnlySpan<float>)values));
    }

    /// <summary>Brings a trainer to where the run was: momentum and position. Its parameters are read before.</summary>
    /// <param name="trainer">A trainer with the options of the run.</param>
    /// <exception cref="WeightFileException">The file holds weights alone, or a momentum is missing, of another shape, or cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The device scales the loss and the run's did not, or the reverse.</exception>
    public void Resume(Trainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        TrainingPosition position = Position ?? throw new WeightFileException(Path, "it holds weights alone, and no run of training that could be resumed.");
        foreach ((string name, IBuffer momentum) in trainer.Momentum) Read(MomentumPrefix + name, momentum.Format.Logical, values => momentum.Write((ReadOnlySpan<float>)values));
        trainer.Position = position;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private delegate void ReadAll(Span<float> destination);

    /// <summary>A tensor whose values are fetched whole when its first are asked for, and given up with its last.</summary>
    private static TensorToWrite ToWrite(string name, Shape shape, ReadAll read)
    {
        float[]? values = null;
        return TensorToWrite.Float32(name, Dimensions(shape), (first, destination) =>
        {
            if (values is null) read(values = GC.AllocateUninitializedArray<float>((int)shape.Count));
            values.AsSpan((int)first, destination.Length).CopyTo(destination);
            if (first + destination.Length == values.Length) values = null;
        });
    }

    private void Read(string name, Shape shape, Action<float[]> take)
    {
        SafetensorsTensor tensor = _file.Find(name) ?? throw new WeightFileException(Path, $"it has no tensor '{name}'.");
        if (!tensor.Shape.SequenceEqual(Dimensions(shape)))
            throw new WeightFileException(Path, $"tensor '{name}' is [{string.Join(", ", tensor.Shape)}]; the model's is {shape}.");
        var values = GC.AllocateUninitializedArray<float>((int)shape.Count);
        _file.Read(tensor, values);
        take(values);
    }

    private static long[] Dimensions(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => (long)shape[i])];
}
