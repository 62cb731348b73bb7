namespace AlexNetCuda.Training;

/// <summary>How good scores are.</summary>
public static class Classification
{
    /// <summary>
    /// The place of the right class among the scores of one image, from 0: as many as have a higher score, or the same and a lower index. Scores that are not numbers come first, so
    /// that they are never right.
    /// </summary>
    /// <param name="scores">A score for each class.</param>
    /// <param name="label">The right class.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label is not a class.</exception>
    public static int RankOf(ReadOnlySpan<float> scores, int label)
    {
        if ((uint)label >= (uint)scores.Length) throw new ArgumentOutOfRangeException(nameof(label), label, $"A label is 0 to {scores.Length - 1}.");
        float own = scores[label];
        if (float.IsNaN(own)) return scores.Length - 1;
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] > own || (scores[i] == own && i < label) || float.IsNaN(scores[i])) rank++;
        return rank;
    }

    /// <summary>Turns scores into probabilities, in place: their softmax, in double precision.</summary>
    /// <param name="scores">A score for each class.</param>
    public static void Softmax(Span<double> scores)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double score in scores) largest = Math.Max(largest, score);
        foreach (ref double score in scores)
        {
            score = Math.Exp(score - largest);
            sum += score;
        }

        foreach (ref double score in scores) score /= sum;
    }
}
