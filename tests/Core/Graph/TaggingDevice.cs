using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>A format that is the plain one under another name, so that the graph has to convert between the two.</summary>
internal sealed record TaggedFormat(PlainFormat Plain) : TensorFormat(Plain.Logical, Plain.Element)
{
    public override string Layout => "tagged";

    public override long Bytes => Plain.Bytes;
}

/// <summary>
/// The reference device, but its normalisations, poolings and fully connected layers want tagged tensors and the other layers plain ones:
/// every place where formats change is one that the graph has to see.
/// </summary>
internal sealed class TaggingDevice(IDevice inner) : IDevice
{
    public DeviceInfo Info => inner.Info with { Name = "tagged" };

    public IOperator? TryCreate(Region region)
    {
        bool tagged = region.Layers[0].Layer is LrnLayer or PoolLayer or FullyConnectedLayer;
        return inner.TryCreate(region with { Inputs = [.. region.Inputs.Select(Plain)] }) is { } op ? new Operator(op, Formats(op.Needs, tagged)) : null;
    }

    public IOperator CreateConversion(TensorFormat source, TensorFormat destination)
    {
        Assert.NotEqual(source, destination);
        IOperator op = inner.CreateConversion(Plain(source), Plain(destination));
        return new Operator(op, op.Needs with { Inputs = [source], Output = destination });
    }

    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule)
    {
        IOperator op = inner.CreateUpdate(parameter, format, rule);
        return new Operator(op, op.Needs);
    }

    public IOperator CreateNorm(TensorFormat format)
    {
        IOperator op = inner.CreateNorm(format);
        return new Operator(op, op.Needs);
    }

    public IDeviceMemory Allocate(long bytes) => new Memory(inner.Allocate(bytes));

    public IProgram Link(IReadOnlyList<Step> steps, bool timed) =>
        inner.Link([.. steps.Select(s => s with { Operator = ((Operator)s.Operator).Inner })], timed);

    public void Dispose() => inner.Dispose();

    private static TensorFormat Plain(TensorFormat format) => format is TaggedFormat tagged ? tagged.Plain : format;

    private static OperatorNeeds Formats(OperatorNeeds needs, bool tagged) => tagged
        ? needs with { Inputs = [.. needs.Inputs.Select(Tag)], Output = Tag(needs.Output) }
        : needs;

    private static TensorFormat Tag(TensorFormat format) => new TaggedFormat((PlainFormat)format);

    private static IBuffer Untag(IBuffer buffer) => buffer is Buffer tagged ? tagged.Inner : buffer;

    private sealed class Operator(IOperator op, OperatorNeeds needs) : IOperator
    {
        public IOperator Inner => op;

        public OperatorNeeds Needs => needs;

        public string Algorithm => op.Algorithm;

        public void Bind(Bindings bindings)
        {
            // What was asked for is what there is, for values and for their gradients.
            if (bindings.Inputs.Count == needs.Inputs.Count) Assert.Equal(needs.Inputs, bindings.Inputs.Select(b => b.Format));
            if (bindings.Output is not null) Assert.Equal(needs.Output, bindings.Output.Format);
            if (bindings.InputGradient is not null) Assert.Equal(needs.Inputs[0], bindings.InputGradient.Format);
            if (bindings.OutputGradient is not null) Assert.Equal(needs.Output, bindings.OutputGradient.Format);
            op.Bind(bindings with
            {
                Inputs = [.. bindings.Inputs.Select(Untag)],
                Output = bindings.Output is null ? null : Untag(bindings.Output),
                InputGradient = bindings.InputGradient is null ? null : Untag(bindings.InputGradient),
                OutputGradient = bindings.OutputGradient is null ? null : Untag(bindings.OutputGradient),
            });
        }

        public void Dispose() => op.Dispose();
    }

    private sealed class Memory(IDeviceMemory memory) : IDeviceMemory
    {
        public long Bytes => memory.Bytes;

        public IBuffer View(long offset, TensorFormat format, bool gradient = false) =>
            format is TaggedFormat tagged ? new Buffer(memory.View(offset, tagged.Plain), tagged) : memory.View(offset, format);

        public void Dispose() => memory.Dispose();
    }

    private sealed class Buffer(IBuffer buffer, TaggedFormat format) : IBuffer
    {
        public IBuffer Inner => buffer;

        public TensorFormat Format => format;

        public void Write(ReadOnlySpan<float> source) => buffer.Write(source);

        public void Write(ReadOnlySpan<double> source) => buffer.Write(source);

        public void Write(ReadOnlySpan<int> source) => buffer.Write(source);

        public void Read(Span<float> destination) => buffer.Read(destination);

        public void Read(Span<double> destination) => buffer.Read(destination);

        public void Read(Span<int> destination) => buffer.Read(destination);
    }
}
