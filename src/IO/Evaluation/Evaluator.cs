using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.IO;

/// <summary>
/// Runs a network over pictures and counts what is right. Of several views of a picture the probabilities are averaged (Krizhevsky, Sutskever, Hinton, "ImageNet classification
/// with deep convolutional neural networks", 2012, section 4.1). Used by one thread at a time, as the device.
/// </summary>
public sealed class Evaluator : IDisposable
{
    private const int Best = 5;
    private readonly Executable _executable;
    private readonly int _pictures, _views, _classes;
    private readonly float[] _scores;
    private readonly double[] _view, _probabilities;

    /// <summary>Compiles a network.</summary>
    /// <param name="network">The network; what its loss is taken of are the scores of the classes.</param>
    /// <param name="device">The device.</param>
    /// <param name="parameters">The parameters, as they are whenever pictures are scored.</param>
    /// <param name="pictures">The pictures that are scored at a time, at least 1.</param>
    /// <param name="views">Squares of each picture: 1, 5 or 10.</param>
    /// <param name="fuse">Whether a device may run several layers as one operator.</param>
    /// <exception cref="ArgumentException">The network has no loss, and so no scores.</exception>
    public Evaluator(Network network, IDevice device, Parameters parameters, int pictures = 32, int views = 1, bool fuse = true)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(views, 1);
        string scores = network.LossSource ?? throw new ArgumentException($"Network '{network.Name}' has no loss, and so no scores of classes.");
        (_pictures, _views) = (pictures, views);
        _executable = network.Compile(device, parameters, new CompileOptions { Batch = checked(pictures * views), Target = scores, Fuse = fuse });
        _classes = (int)(_executable.OutputShape.Count / Options.Batch);
        _scores = new float[_executable.OutputShape.Count];
        (_view, _probabilities) = (new double[_classes], new double[_classes]);
    }

    private CompileOptions Options => _executable.Options;

    /// <summary>Scores a batch.</summary>
    /// <param name="images">A whole batch, [pictures * views, C, H, W]; the views of a picture follow each other.</param>
    public void Score(ReadOnlySpan<float> images)
    {
        _executable.SetInput(images);
        _executable.Forward();
        _executable.ReadOutput(_scores);
    }

    /// <summary>The probabilities of the classes for a picture of the batch scored last; overwritten by the next call.</summary>
    /// <param name="picture">Its place in the batch.</param>
    public ReadOnlySpan<double> ProbabilitiesOf(int picture)
    {
        if ((uint)picture >= (uint)_pictures) throw new ArgumentOutOfRangeException(nameof(picture), picture, $"A batch has {_pictures} pictures.");
        Array.Clear(_probabilities);
        for (int view = 0; view < _views; view++)
        {
            ReadOnlySpan<float> scores = _scores.AsSpan(((picture * _views) + view) * _classes, _classes);
            for (int i = 0; i < _classes; i++) _view[i] = scores[i];
            Classification.Softmax(_view);
            for (int i = 0; i < _classes; i++) _probabilities[i] += _view[i] / _views;
        }

        return _probabilities;
    }

    /// <summary>Scores all pictures of a loader, once.</summary>
    /// <param name="loader">A loader without shuffling, of as many pictures a batch and views as this.</param>
    /// <param name="progress">Told after every batch: those done, and all.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="PictureException">None of the pictures can be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public EvaluationResult Run(BatchLoader loader, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        loader.Seek(0);
        var confusion = new int[_classes, _classes];
        var pictures = new List<PictureScore>();
        int top1 = 0, top5 = 0;
        double loss = 0;
        for (long step = 0; step < loader.StepsPerEpoch; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            LoadedBatch batch = loader.Next(cancellation);
            Score(batch.Images);
            for (int i = 0; i < batch.Count; i++)
            {
                ReadOnlySpan<double> probabilities = ProbabilitiesOf(i);
                int label = batch.Labels[i], predicted = 0, rank = Classification.RankOf(probabilities, label);
                for (int c = 1; c < _classes; c++)
                    if (probabilities[c] > probabilities[predicted]) predicted = c;
                if (rank < 1) top1++;
                if (rank < Best) top5++;
                loss -= Math.Log(probabilities[label]);
                confusion[label, predicted]++;
                pictures.Add(new PictureScore(batch.Indices[i], label, predicted, probabilities[predicted]));
            }

            progress?.Report((step + 1, loader.StepsPerEpoch));
        }

        if (pictures.Count == 0) throw new PictureException("the pictures to evaluate", "none of them can be read.");
        return new EvaluationResult { Loss = loss / pictures.Count, Top1 = top1, Top5 = top5, Confusion = confusion, Pictures = pictures };
    }

    /// <summary>Frees what was compiled.</summary>
    public void Dispose() => _executable.Dispose();
}
