using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace AlexNetCuda.IO;

/// <summary>
/// Decodes, varies and normalises pictures into batches, in background threads ahead of whoever uses them. Batch s of the endless run is the same whatever the number of
/// threads and wherever loading began: the order of an epoch depends on (seed, epoch), and a picture's variation on (seed, epoch, picture).
/// </summary>
/// <remarks>
/// <see cref="Next"/> and <see cref="Seek"/> are called by one thread at a time, <see cref="Dispose"/> and the properties by any. Dispose it before the dataset.
/// Once all pictures are kept in memory, or come from a pack of the right size, nothing is allocated. Threads wait without using a processor while they are far enough ahead.
/// </remarks>
public sealed class BatchLoader : IDisposable
{
    private const int PollMilliseconds = 20; // how long a cancellation may go unnoticed

    private readonly object _gate = new(); // guards all that is not read-only; a Monitor, since it is waited on
    private readonly BatchFiller _filler;
    private readonly LoadedBatch[] _ring; // the batch of step s is at s % length
    private readonly List<Thread> _threads = [];
    private readonly int _batch, _mostThreads;
    private long _next;        // the step that Next gives
    private long _limit;       // the first step that must not be begun yet: its place in the ring is in use
    private long _beginStep;   // the step and the place in it that are begun next
    private int _beginPlace;
    private int _busy;         // pictures being worked on
    private bool _stopping;
    private ExceptionDispatchInfo? _failure;
    private long _waited;      // in ticks of the stopwatch

    /// <summary>Begins loading, at step 0.</summary>
    /// <param name="dataset">The pictures; not disposed by this.</param>
    /// <param name="indices">Which of them; for training at least a batch, for evaluation at least one.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option makes no sense, an index is not of the dataset, or there are too few pictures; the message says which.</exception>
    public BatchLoader(ImageDataset dataset, IReadOnlyList<int> indices, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(options);
        LoaderChecks.Check(dataset, indices, options);
        _filler = new BatchFiller(dataset, [.. indices], options);
        _batch = options.Batch;
        _ring = new LoadedBatch[options.Ahead + 1];
        for (int i = 0; i < _ring.Length; i++) _ring[i] = new LoadedBatch(_batch, _filler.PictureLength);
        _limit = _ring.Length;
        _mostThreads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        lock (_gate)
        {
            for (int i = Math.Max(1, options.Threads); i > 0; i--) AddThread();
        }
    }

    /// <summary>Batches of an epoch: in training, of whole batches; in evaluation, the last may be filled up.</summary>
    public long StepsPerEpoch => _filler.StepsPerEpoch;

    /// <summary>How long <see cref="Next"/> has waited for data, all calls together.</summary>
    public TimeSpan Waited => TimeSpan.FromSeconds((double)Interlocked.Read(ref _waited) / Stopwatch.Frequency);

    /// <summary>The pictures that could not be read so far, each once, in the order of the dataset.</summary>
    public IReadOnlyList<SkippedPicture> Skipped => _filler.Skipped;

    /// <summary>Goes to a step of the endless run: <see cref="Next"/> gives its batch then, the very one an uninterrupted run would have had.</summary>
    /// <param name="step">At least 0. Its epoch is step / <see cref="StepsPerEpoch"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    /// <exception cref="ObjectDisposedException">The loader was disposed.</exception>
    public void Seek(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        lock (_gate)
        {
            // Nothing is begun while what was begun comes to its end: its places are about to be used anew.
            _limit = 0;
            while (_busy > 0 && !_stopping) Monitor.Wait(_gate);
            ObjectDisposedException.ThrowIf(_stopping, this);
            foreach (LoadedBatch batch in _ring) batch.Step = -1;
            (_failure, _next, _beginStep, _beginPlace) = (null, step, step, 0);
            _limit = step + _ring.Length;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The next batch. The one before must not be used any more.</summary>
    /// <param name="cancellationToken">Ends the wait for data; the batch can be asked for again.</param>
    /// <exception cref="PictureException">None of the pictures can be read.</exception>
    /// <exception cref="TurboJpegNotFoundException">There is a JPEG among the pictures and libjpeg-turbo is not installed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loader was disposed, perhaps during the wait.</exception>
    public LoadedBatch Next(CancellationToken cancellationToken)
    {
        LoadedBatch batch;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _limit = _next + _ring.Length;
            Monitor.PulseAll(_gate);
            batch = _ring[_next % _ring.Length];
            if (!IsReady(batch)) Wait(batch, cancellationToken);
            _next++;
        }

        batch.Close();
        return batch;
    }

    /// <summary>Stops the threads and waits for their end; pictures that are being decoded are finished first.</summary>
    public void Dispose()
    {
        Thread[] threads;
        lock (_gate)
        {
            _stopping = true;
            threads = [.. _threads];
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in threads) thread.Join();
    }

    private bool IsReady(LoadedBatch batch) => batch.Step == _next && batch.Remaining == 0;

    private void Wait(LoadedBatch batch, CancellationToken cancellation)
    {
        if (_threads.Count < _mostThreads) AddThread();
        long begin = Stopwatch.GetTimestamp();
        try
        {
            while (!IsReady(batch))
            {
                ObjectDisposedException.ThrowIf(_stopping, this);
                _failure?.Throw();
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate, PollMilliseconds);
            }
        }
        finally
        {
            Interlocked.Add(ref _waited, Stopwatch.GetTimestamp() - begin);
        }
    }

    private void AddThread()
    {
        var thread = new Thread(Work) { IsBackground = true, Name = $"AlexNetCuda loader {_threads.Count}" };
        _threads.Add(thread);
        thread.Start();
    }

    private void Work()
    {
        while (TryBegin(out LoadedBatch? batch, out int place, out PlacedPicture picture))
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                _filler.Fill(batch, place, picture);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e); // thrown again where the batch is asked for
            }

            lock (_gate)
            {
                _failure ??= failure;
                _busy--;
                if (failure is null) batch.Remaining--; // else it never becomes ready
                if (_busy == 0 || batch.Remaining == 0 || failure is not null) Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for a place that may be filled, and takes it. False: the loader is being disposed.</summary>
    private bool TryBegin([NotNullWhen(true)] out LoadedBatch? batch, out int place, out PlacedPicture picture)
    {
        lock (_gate)
        {
            while (!_stopping && (_beginStep >= _limit || _failure is not null)) Monitor.Wait(_gate);
            (batch, place, picture) = (null, 0, default);
            if (_stopping) return false;
            batch = _ring[_beginStep % _ring.Length];
            place = _beginPlace;
            if (place == 0) (batch.Step, batch.Epoch, batch.Remaining) = (_beginStep, _beginStep / StepsPerEpoch, _batch);
            picture = _filler.At(_beginStep, place);
            _busy++;
            if (++_beginPlace == _batch) (_beginStep, _beginPlace) = (_beginStep + 1, 0);
            return true;
        }
    }
}
