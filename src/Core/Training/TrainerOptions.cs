namespace AlexNetCuda.Training;

/// <summary>How a <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>The images of a batch.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Batches whose gradients are averaged for one update; at least 1.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The learning rate of each update.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>The rule of the update.</summary>
    public SgdOptions Sgd { get; init; } = new();

    /// <summary>As <see cref="CompileOptions.ClipNorm"/>.</summary>
    public float? ClipNorm { get; init; }

    /// <summary>The parameters that learn, as in <see cref="CompileOptions.GradientPattern"/>; null is all.</summary>
    public string? Trained { get; init; }

    /// <summary>The seed of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a device may run several layers as one operator.</summary>
    public bool Fuse { get; init; } = true;
}

/// <summary>What one batch of training showed, before its update.</summary>
/// <param name="Loss">The loss: a mean over the batch.</param>
/// <param name="Top1">The images whose class had the highest score.</param>
/// <param name="Top5">The images whose class was among the five highest scores.</param>
/// <param name="LearningRate">The rate of the update that the batch is part of.</param>
public readonly record struct BatchResult(double Loss, int Top1, int Top5, float LearningRate);

/// <summary>Where a run of training is: with the parameters and the momentum all that it is resumed from.</summary>
/// <param name="Updates">The updates done.</param>
/// <param name="StepNumber">As <see cref="Executable.StepNumber"/>: dropout's masks depend on it.</param>
/// <param name="LossScale">The loss scale of a device that has one.</param>
public sealed record TrainingPosition(long Updates, uint StepNumber, Devices.LossScale? LossScale = null);
