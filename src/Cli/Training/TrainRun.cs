using System.Diagnostics;
using System.Globalization;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.IO;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cli;

/// <summary>Does what <c>alexnet train</c> is asked for.</summary>
internal sealed class TrainRun : IDisposable
{
    private const int UpdatesLogged = 50; // means over so many updates are a line of the log
    private readonly TrainSession _session;
    private readonly CommandContext _context;
    private readonly TrainDisplay _display;
    private readonly TrainWindow _epoch = new(), _logged = new();
    private readonly RunLog _log;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private long _saved = -1;

    private TrainRun(TrainSession session)
    {
        (_session, _context) = (session, session.Context);
        _display = new TrainDisplay(session.Context, session.Settings.Epochs);
        _log = new RunLog(session.Checkpoints.Path, session.Trainer.Updates);
    }

    /// <summary>Trains to the end; returns the exit code.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; what had been trained by then is saved.</exception>
    public static int Run(TrainRequest request, CommandContext context)
    {
        using ChosenDevice device = DeviceFactory.Create(request.Device);
        context.Output.WriteLine($"Device: {device}");
        context.Output.WriteLine($"Machine: {MachineInfo.Current}");
        using (TrainSession session = TrainSession.Open(request, context, device))
        using (var run = new TrainRun(session))
            run.Train();
        return CliApplication.Finish(context, device, CliApplication.Success);
    }

    public void Dispose() => _log.Dispose();

    private void Train()
    {
        Trainer trainer = _session.Trainer;
        WriteHeading();
        if (trainer.Updates >= _session.Updates)
        {
            _context.Output.WriteLine($"The run is complete: {trainer.Updates} updates. A larger --epochs trains on.");
            return;
        }

        _session.Training.Seek(trainer.Updates * _session.Settings.Accumulate);
        LoadedBatch batch = _session.Training.Next(_context.Cancellation);
        TimeSpan first = _session.Training.Waited; // for the first batch nobody works ahead
        _epoch.Clear(first);
        _logged.Clear(first);
        while (trainer.Updates < _session.Updates)
        {
            _display.Live(() => batch = TrainEpoch(batch));
            if (_context.Cancellation.IsCancellationRequested) Interrupt();
            Save();
            EndEpoch();
        }

        double seconds = Stopwatch.GetElapsedTime(_begin).TotalSeconds;
        TimeSpan waited = _session.Training.Waited - first;
        _context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Trained for {seconds:f0} s, {100 * waited.TotalSeconds / seconds:f1}% of it waiting for data; {_session.SkippedPictures} pictures skipped; checkpoints in {_session.Checkpoints.Path}"));
    }

    /// <summary>Trains to the end of the epoch, or until it is interrupted between two updates; returns the batch that comes next.</summary>
    private LoadedBatch TrainEpoch(LoadedBatch batch)
    {
        Trainer trainer = _session.Trainer;
        do
        {
            int images = batch.Count;
            trainer.Begin(batch.Images, batch.Labels);
            batch = _session.Training.Next(CancellationToken.None); // on a device that works by itself, beside the step
            BatchResult result = trainer.End();
            if (!double.IsFinite(result.Loss)) throw Diverged(_session.Checkpoints.Files);
            _epoch.Add(result, images);
            _logged.Add(result, images);
            if (!trainer.IsBetweenUpdates) continue;
            if (_context.Cancellation.IsCancellationRequested) break;
            _display.Show(trainer.Updates, _session.UpdatesPerEpoch, _session.Updates, _epoch, _session.Training.Waited);
            if (trainer.Updates % _session.UpdatesPerEpoch % UpdatesLogged == 0) Log();
            if (_session.Request.SaveEvery is { } every && trainer.Updates % every == 0) Save();
        }
        while (!trainer.IsBetweenUpdates || trainer.Updates % _session.UpdatesPerEpoch != 0);
        return batch;
    }

    private void WriteHeading()
    {
        TrainSettings settings = _session.Settings;
        Network network = _session.Network;
        _context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Network: {network.Name}, images of {network.Height}x{network.Width}, {network.ParameterCount:N0} parameters, {_session.Trainer.DeviceBytes / 1048576.0:f0} MiB"));
        _context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Training: {settings.Epochs} epochs of {_session.UpdatesPerEpoch} updates, {settings.Update}, pictures {settings.Augment}"));
    }

    private void EndEpoch()
    {
        if (!_logged.IsEmpty) Log();
        EvaluationResult result = _session.Evaluator.Run(_session.Validation, new MeasureStatus(_context.Status), _context.Cancellation);
        _session.NameSkipped();
        if (!double.IsFinite(result.Loss)) throw Diverged([.. _session.Checkpoints.Files.Skip(1)]); // the newest is of these very weights
        long epoch = _session.Trainer.Updates / _session.UpdatesPerEpoch;
        _display.WriteEpoch(epoch, _epoch, _session.Training.Waited, result);
        _log.Write(_session.Trainer.Updates, epoch, result);
        _epoch.Clear(_session.Training.Waited);
        _logged.Clear(_session.Training.Waited);
    }

    private void Log()
    {
        _log.Write(_session.Trainer.Updates, _session.Trainer.Updates / (double)_session.UpdatesPerEpoch, _logged, _session.Training.Waited);
        _logged.Clear(_session.Training.Waited);
    }

    private void Save()
    {
        if (_saved == _session.Trainer.Updates) return;
        _session.Checkpoints.Write(_session.Model, _session.Parameters, _session.Trainer, _session.Settings);
        _saved = _session.Trainer.Updates;
    }

    private void Interrupt()
    {
        Save();
        _context.Error.WriteLine($"alexnet: saved after {_saved} updates; --resume goes on from there.");
        throw new OperationCanceledException();
    }

    private CommandException Diverged(IReadOnlyList<string> before)
    {
        string last = before is [var newest, ..] ? $" The last checkpoint from before is {newest}." : "";
        return new CommandException(string.Create(
            CultureInfo.InvariantCulture,
            $"the loss is not a number any more after {_session.Trainer.Updates} updates: the training has diverged. A smaller --lr, a longer warm-up or --clip helps.{last}"));
    }
}
