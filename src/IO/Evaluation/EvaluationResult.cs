namespace AlexNetCuda.IO;

/// <summary>What a network made of one picture.</summary>
/// <param name="Index">The picture's index in the dataset.</param>
/// <param name="Label">Its class.</param>
/// <param name="Predicted">The class of the highest probability.</param>
/// <param name="Probability">That probability.</param>
public readonly record struct PictureScore(int Index, int Label, int Predicted, double Probability);

/// <summary>How well a network knows the pictures of a dataset.</summary>
public sealed record EvaluationResult
{
    /// <summary>The mean of the loss, -log of the probability of the right class.</summary>
    public required double Loss { get; init; }

    /// <summary>The pictures whose class had the highest probability.</summary>
    public required int Top1 { get; init; }

    /// <summary>The pictures whose class was among the five highest.</summary>
    public required int Top5 { get; init; }

    /// <summary>The pictures counted: [class, predicted class].</summary>
    public required int[,] Confusion { get; init; }

    /// <summary>Each picture, in the order of the evaluation.</summary>
    public required IReadOnlyList<PictureScore> Pictures { get; init; }

    /// <summary>The share of the pictures whose class had the highest probability, 0 to 1.</summary>
    public double Top1Share => Top1 / (double)Pictures.Count;

    /// <summary>The share of the pictures whose class was among the five highest, 0 to 1.</summary>
    public double Top5Share => Top5 / (double)Pictures.Count;

    /// <summary>The pictures that were taken for another class, those of which the network was surest first.</summary>
    public IEnumerable<PictureScore> Mistakes => Pictures.Where(p => p.Predicted != p.Label).OrderByDescending(p => p.Probability).ThenBy(p => p.Index);
}
