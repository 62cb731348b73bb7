using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>An operation of the reference device: what it needs, its buffers, and its passes.</summary>
internal abstract class ReferenceOperator : IOperator
{
    private Bindings? _bindings;

    /// <inheritdoc/>
    public abstract OperatorNeeds Needs { get; }

    /// <inheritdoc/>
    public string Algorithm => "plain loops";

    /// <summary>Whether <see cref="Bind"/> was called.</summary>
    public bool IsBound => _bindings is not null;

    /// <summary>Input 0.</summary>
    protected ReferenceBuffer Input { get; private set; } = null!;

    /// <summary>The output.</summary>
    protected ReferenceBuffer Output { get; private set; } = null!;

    /// <summary>The gradient of input 0; null where it is not wanted.</summary>
    protected ReferenceBuffer? InputGradient { get; private set; }

    /// <summary>The gradient of the output; null for losses.</summary>
    protected ReferenceBuffer OutputGradient { get; private set; } = null!;

    /// <summary>All buffers.</summary>
    protected Bindings Bindings => _bindings ?? throw new InvalidOperationException("The operator is not bound.");

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A buffer is another device's or has another format.</exception>
    /// <exception cref="InvalidOperationException">The operator is bound already.</exception>
    public void Bind(Bindings bindings)
    {
        ArgumentNullException.ThrowIfNull(bindings);
        if (_bindings is not null) throw new InvalidOperationException("The operator is bound already.");
        for (int i = 0; i < bindings.Inputs.Count && i < Needs.Inputs.Count; i++) CheckFormat(bindings.Inputs[i], Needs.Inputs[i]);
        if (bindings.Output is not null) CheckFormat(bindings.Output, Needs.Output);
        if (bindings.Inputs.Count > 0) Input = Own(bindings.Inputs[0])!;
        Output = Own(bindings.Output)!;
        InputGradient = Own(bindings.InputGradient);
        OutputGradient = Own(bindings.OutputGradient)!;
        _bindings = bindings;
        Bound();
    }

    /// <summary>Computes the output.</summary>
    public virtual void Forward(in StepState state) => throw NoSuchPass("forward");

    /// <summary>Computes the gradients of input and parameters.</summary>
    public virtual void Backward(in StepState state) => throw NoSuchPass("backward");

    /// <summary>Changes a parameter.</summary>
    public virtual void Update(in StepState state) => throw NoSuchPass("update");

    /// <inheritdoc/>
    public void Dispose()
    {
        // An operator owns nothing: its buffers are the graph's.
    }

    /// <summary>Called once the buffers are known.</summary>
    protected virtual void Bound() { }

    /// <summary>A plain tensor of doubles.</summary>
    protected static PlainFormat Doubles(Shape shape) => new(shape, ElementType.Float64);

    /// <summary>A buffer as one of this device.</summary>
    protected static ReferenceBuffer? Own(IBuffer? buffer) => buffer is null
        ? null
        : buffer as ReferenceBuffer ?? throw new ArgumentException("A buffer is not one of the reference device.");

    private static void CheckFormat(IBuffer buffer, TensorFormat wanted)
    {
        if (buffer.Format != wanted)
            throw new ArgumentException($"An operator that wants {wanted.Layout} {wanted.Logical} got {buffer.Format.Layout} {buffer.Format.Logical}.");
    }

    private InvalidOperationException NoSuchPass(string pass) => new($"{GetType().Name} has no {pass} pass.");
}
