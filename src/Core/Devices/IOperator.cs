namespace AlexNetCuda.Devices;

/// <summary>A parameter in the format in which an operator wants it.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Format">Its format on the device.</param>
public sealed record ParameterNeed(ParameterInfo Parameter, TensorFormat Format);

/// <summary>What an operator needs of the graph: formats, memory, and what it reads when.</summary>
public sealed record OperatorNeeds
{
    /// <summary>The formats of the inputs that the operator reads; the gradient of an input has the input's format.</summary>
    public required IReadOnlyList<TensorFormat> Inputs { get; init; }

    /// <summary>The format of the output, and of its gradient.</summary>
    public required TensorFormat Output { get; init; }

    /// <summary>The copies of parameters that the operator reads; a parameter may appear in several formats.</summary>
    public IReadOnlyList<ParameterNeed> Parameters { get; init; } = [];

    /// <summary>The gradients of parameters that the operator writes.</summary>
    public IReadOnlyList<ParameterNeed> ParameterGradients { get; init; } = [];

    /// <summary>Bytes that the forward pass leaves for the backward pass.</summary>
    public long SavedBytes { get; init; }

    /// <summary>Bytes of scratch memory during the forward pass.</summary>
    public long ForwardWorkspaceBytes { get; init; }

    /// <summary>Bytes of scratch memory during the backward pass.</summary>
    public long BackwardWorkspaceBytes { get; init; }

    /// <summary>Whether the output may take the place of input 0.</summary>
    public bool OutputMayOverwriteInput { get; init; }

    /// <summary>Whether the gradient of input 0 may take the place of the output's gradient.</summary>
    public bool InputGradientMayOverwriteOutputGradient { get; init; }

    /// <summary>Whether the backward pass reads the inputs.</summary>
    public bool BackwardReadsInput { get; init; }

    /// <summary>Whether the backward pass reads the output.</summary>
    public bool BackwardReadsOutput { get; init; }
}

/// <summary>The buffers of one operator. Addresses are fixed from <see cref="IOperator.Bind"/> on.</summary>
public sealed record Bindings
{
    /// <summary>The inputs, in the formats asked for.</summary>
    public IReadOnlyList<IBuffer> Inputs { get; init; } = [];

    /// <summary>The output.</summary>
    public IBuffer? Output { get; init; }

    /// <summary>The gradient of input 0; null where it is not wanted.</summary>
    public IBuffer? InputGradient { get; init; }

    /// <summary>The gradients of all inputs, in order, for layers that read several; null for those that are not wanted.</summary>
    public IReadOnlyList<IBuffer?> InputGradients { get; init; } = [];

    /// <summary>
    /// The gradient of the output; null for a loss (whose gradient is 1) and without a backward pass. The operator may overwrite it: it is the last to read it.
    /// </summary>
    public IBuffer? OutputGradient { get; init; }

    /// <summary>The copies of parameters, in the order of <see cref="OperatorNeeds.Parameters"/>.</summary>
    public IReadOnlyList<IBuffer> Parameters { get; init; } = [];

    /// <summary>The gradients of parameters, in the order of <see cref="OperatorNeeds.ParameterGradients"/>.</summary>
    public IReadOnlyList<IBuffer> ParameterGradients { get; init; } = [];

    /// <summary>What the forward pass leaves for the backward pass; null where nothing was asked for.</summary>
    public IBuffer? Saved { get; init; }

    /// <summary>Scratch memory of the forward pass, shared with other operators; null where none was asked for.</summary>
    public IBuffer? ForwardWorkspace { get; init; }

    /// <summary>Scratch memory of the backward pass, likewise.</summary>
    public IBuffer? BackwardWorkspace { get; init; }
}

/// <summary>
/// One operation of a compiled network on a device, made for exact shapes, formats and purposes. How it runs is between it and its device's
/// <see cref="IProgram"/>; the graph only gives it memory and an order.
/// </summary>
public interface IOperator : IDisposable
{
    /// <summary>What the operator needs.</summary>
    OperatorNeeds Needs { get; }

    /// <summary>The algorithm, for people: <c>direct nchw16c</c>.</summary>
    string Algorithm { get; }

    /// <summary>Gives the operator its buffers, once, before anything runs.</summary>
    void Bind(Bindings bindings);
}

/// <summary>The part of a training step that a step of a program belongs to.</summary>
public enum Phase
{
    /// <summary>From inputs to outputs.</summary>
    Forward,

    /// <summary>From the output's gradient to the gradients of input and parameters.</summary>
    Backward,

    /// <summary>The change of parameters by their gradients.</summary>
    Update,
}

/// <summary>One entry of a program.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Phase">Which of its passes runs.</param>
/// <param name="Layer">The layer or parameter it belongs to, for reports.</param>
public sealed record Step(IOperator Operator, Phase Phase, string Layer);

/// <summary>What changes from one step of training to the next.</summary>
/// <param name="Number">The step's number, which is part of the counter of dropout's generator.</param>
/// <param name="LearningRate">The learning rate of the update.</param>
/// <param name="GradientScale">What the update multiplies gradients by.</param>
public readonly record struct StepState(uint Number, float LearningRate, float GradientScale = 1);
