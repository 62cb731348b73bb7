using AlexNetCuda.Training;

namespace AlexNetCuda;

/// <summary>What an executable is for.</summary>
public enum ExecutionMode
{
    /// <summary>Forward alone; activations share memory.</summary>
    Inference,

    /// <summary>Forward and the gradients of the loss; parameters do not change.</summary>
    Gradients,

    /// <summary>Forward, gradients and the update of the parameters.</summary>
    Training,
}

/// <summary>How a network is compiled.</summary>
public sealed record CompileOptions
{
    /// <summary>The number of images of a batch.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>What the executable is for.</summary>
    public ExecutionMode Mode { get; init; } = ExecutionMode.Inference;

    /// <summary>Whether dropout layers drop; null means in <see cref="ExecutionMode.Training"/> only.</summary>
    public bool? Dropout { get; init; }

    /// <summary>The layer whose output is asked for; null is the network's target, or, with gradients, what the loss is taken of.</summary>
    public string? Target { get; init; }

    /// <summary>Further layers whose outputs can be read after a run.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Whether an executable for inference computes the loss too. With gradients it always does.</summary>
    public bool WithLoss { get; init; }

    /// <summary>Whether the gradient of the images is computed.</summary>
    public bool InputGradient { get; init; }

    /// <summary>Which parameters' gradients are computed: a name with * and ?, or several with commas between; null is all.</summary>
    public string? GradientPattern { get; init; }

    /// <summary>Whether a device may run several layers as one operator.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>Whether each step is timed; see <see cref="Executable.ReadTimings"/>.</summary>
    public bool Timed { get; init; }

    /// <summary>The seed of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>The rule of the update in <see cref="ExecutionMode.Training"/>.</summary>
    public SgdOptions Sgd { get; init; } = new();

    /// <summary>
    /// Whether the gradients of several batches are added up before an update, for batches larger than fit: see <see cref="Executable.Accumulate"/>. In
    /// <see cref="ExecutionMode.Training"/>; takes as much memory again as the parameters.
    /// </summary>
    public bool Accumulate { get; init; }

    /// <summary>
    /// The largest Euclidean norm of all gradients together: where it is larger they are scaled down to it before an update (Pascanu, Mikolov, Bengio, "On the
    /// difficulty of training recurrent neural networks", 2013, as PyTorch's clip_grad_norm_ does). In <see cref="ExecutionMode.Training"/>; null clips nothing.
    /// </summary>
    public float? ClipNorm { get; init; }
}
