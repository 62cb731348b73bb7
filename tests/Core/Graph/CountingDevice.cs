using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Core.Tests;

/// <summary>The fault that a <see cref="CountingDevice"/> was told to make.</summary>
public sealed class InjectedException(string call) : Exception($"Injected into {call}.");

/// <summary>
/// A device in front of another that counts what is alive (memory, operators, programs) and can fail at any call.
/// </summary>
internal sealed class CountingDevice(IDevice inner) : IDevice
{
    /// <summary>Memory, operators and programs that are not disposed of.</summary>
    public int Live { get; private set; }

    /// <summary>Allocations so far.</summary>
    public int Allocations { get; private set; }

    /// <summary>Calls so far: of the device, of Bind, of View.</summary>
    public int Calls { get; private set; }

    /// <summary>The number of the call that fails; 0 for none.</summary>
    public int FailAt { get; set; }

    /// <summary>The kinds of calls that failed.</summary>
    public HashSet<string> Failed { get; } = [];

    /// <summary>Whether operators throw when they are disposed of (and are, all the same).</summary>
    public bool FailDisposal { get; set; }

    public DeviceInfo Info => inner.Info;

    public IOperator? TryCreate(Region region)
    {
        Call(nameof(TryCreate));
        return inner.TryCreate(region) is { } op ? new CountedOperator(this, op) : null;
    }

    public IOperator CreateConversion(TensorFormat source, TensorFormat destination)
    {
        Call(nameof(CreateConversion));
        return new CountedOperator(this, inner.CreateConversion(source, destination));
    }

    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule)
    {
        Call(nameof(CreateUpdate));
        return new CountedOperator(this, inner.CreateUpdate(parameter, format, rule));
    }

    public IOperator CreateNorm(TensorFormat format)
    {
        Call(nameof(CreateNorm));
        return new CountedOperator(this, inner.CreateNorm(format));
    }

    public IDeviceMemory Allocate(long bytes)
    {
        Call(nameof(Allocate));
        Allocations++;
        return new CountedMemory(this, inner.Allocate(bytes));
    }

    public IProgram Link(IReadOnlyList<Step> steps, bool timed)
    {
        Call(nameof(Link));
        return new CountedProgram(this, inner.Link([.. steps.Select(s => s with { Operator = ((CountedOperator)s.Operator).Inner })], timed));
    }

    public void Dispose() => inner.Dispose();

    private void Call(string what)
    {
        if (++Calls != FailAt) return;
        Failed.Add(what);
        throw new InjectedException(what);
    }

    private abstract class Counted : IDisposable
    {
        private readonly IDisposable _inner;
        private bool _disposed;

        protected Counted(CountingDevice device, IDisposable inner)
        {
            (Device, _inner) = (device, inner);
            device.Live++;
        }

        protected CountingDevice Device { get; }

        public virtual void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            Device.Live--;
            _inner.Dispose();
        }
    }

    private sealed class CountedOperator(CountingDevice device, IOperator op) : Counted(device, op), IOperator
    {
        public IOperator Inner => op;

        public OperatorNeeds Needs => op.Needs;

        public string Algorithm => op.Algorithm;

        public void Bind(Bindings bindings)
        {
            Device.Call(nameof(Bind));
            op.Bind(bindings);
        }

        public override void Dispose()
        {
            base.Dispose();
            if (Device.FailDisposal) throw new InjectedException(nameof(Dispose));
        }
    }

    private sealed class CountedMemory(CountingDevice device, IDeviceMemory memory) : Counted(device, memory), IDeviceMemory
    {
        public long Bytes => memory.Bytes;

        public IBuffer View(long offset, TensorFormat format, bool gradient = false)
        {
            Device.Call(nameof(View));
            return memory.View(offset, format);
        }
    }

    private sealed class CountedProgram(CountingDevice device, IProgram program) : Counted(device, program), IProgram
    {
        public void Run(in StepState state) => program.Run(state);

        public void Wait() => program.Wait();

        public void ReadStepSeconds(Span<double> seconds) => program.ReadStepSeconds(seconds);
    }
}
