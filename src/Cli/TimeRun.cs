using System.Globalization;
using AlexNetCuda.Cpu;
using AlexNetCuda.Cuda;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>Does what <c>alexnet time</c> is asked for.</summary>
internal sealed class TimeRun
{
    private readonly TimeRequest _request;
    private readonly CommandContext _context;
    private readonly ChosenDevice _device;
    private readonly PictureBatches? _pictures;
    private readonly MachinePeak? _peak;

    private TimeRun(TimeRequest request, CommandContext context, ChosenDevice device)
    {
        (_request, _context, _device) = (request, context, device);
        if (request.Roofline && device.Device is CpuDevice cpu)
        {
            context.Status.Show("measuring the machine");
            _peak = cpu.MeasurePeak();
            context.Output.WriteLine($"Peak: {MeasureText.Rate(_peak.Value.Flops / 1e9, "FLOP/s")} of multiply-adds, {MeasureText.Rate(_peak.Value.Bytes / 1e9, "B/s")} read from memory");
        }

        if (request.Images is { } folder) _pictures = new PictureBatches(folder, request, context);
    }

    /// <summary>Times all networks of a request, prints, and writes the JSON file if there is to be one; returns the exit code.</summary>
    public static int Run(TimeRequest request, CommandContext context)
    {
        using OutputFile? file = request.JsonPath is { } path ? new OutputFile(path) : null;
        using ChosenDevice device = DeviceFactory.Create(request.Device);
        context.Output.WriteLine($"Device: {device}");
        context.Output.WriteLine($"Machine: {MachineInfo.Current}");
        var run = new TimeRun(request, context, device);
        TimeReport[] reports = [.. request.Networks.Select(run.Time)];
        if (request.All) TimeTables.WriteArticles(reports, context.Output);
        if (file is not null)
        {
            Json.Write(file.Stream, request.All ? reports : reports[0]);
            file.Commit();
        }

        return CliApplication.Finish(context, device, CliApplication.Success);
    }

    private TimeReport Time(Network network)
    {
        _context.Output.WriteLine();
        _context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Network: {network.Name}, batch {_request.Batch}, images of {network.Height}x{network.Width}, {network.ParameterCount:N0} parameters"));
        BatchSource source = _pictures?.For(network) ?? new RandomBatch(network, _request.Seed);
        _context.Status.Show("making the parameters");
        Parameters parameters = network.CreateParameters(_request.Seed, cancellation: _context.Cancellation);
        var protocol = new TimingProtocol(_request.Timing, _context.Output, progress: new Profiled(_device.Device as CudaDevice, _context.Status));
        protocol.WriteActivations(network, _request.Batch);
        return new TimeReport
        {
            Network = network.Name,
            InputSize = network.Height,
            Batch = _request.Batch,
            Steps = _request.Timing.Steps,
            BurnIn = _request.Timing.BurnIn,
            Seed = _request.Seed,
            Images = _request.Images,
            Gradients = _request.Gradients,
            Device = _device.Name,
            DeviceDescription = _device.Device.Info.Description,
            DeviceReason = _device.Reason,
            Threads = _device.Device.Info.Threads,
            Machine = MachineInfo.Current,
            Forward = Time(PassKind.Forward, network, parameters, source, protocol),
            ForwardBackward = _request.ForwardOnly ? null : Time(PassKind.ForwardBackward, network, parameters, source, protocol),
        };
    }

    private PassReport Time(PassKind kind, Network network, Parameters parameters, BatchSource source, TimingProtocol protocol)
    {
        _context.Status.Show("compiling");
        var options = new PassOptions { Batch = _request.Batch, Seed = _request.Seed, GradientPattern = _request.Gradients, Timed = _request.Layers, DeviceTime = true, Fuse = _request.Device.Fuse };
        using var pass = new NetworkPass(kind, network, _device.Device, parameters, options, source);
        LayerTimes? layers = _request.Layers ? new LayerTimes() : null;
        TimingResult result = pass.Time(protocol, layers, _context.Cancellation);
        (_device.Device as CudaDevice)?.StopProfiling();
        PassReport report = PassReport.Of(result, _request.Batch, pass, layers);
        TimeTables.WritePass(result, report, _peak, _context.Output);
        return report;
    }

    /// <summary>Has profilers that wait for it record from the first step that counts on.</summary>
    private sealed class Profiled(CudaDevice? device, IProgress<TimingProgress> inner) : IProgress<TimingProgress>
    {
        public void Report(TimingProgress value)
        {
            inner.Report(value);
            if (value.Step == 0) device?.StartProfiling();
        }
    }
}
