using System.Numerics;

namespace AlexNetCuda.Training;

/// <summary>How good scores are.</summary>
public static class Classification
{
    /// <summary>
    /// The place of the right class among the scores of one image, from 0: as many as have a higher score, or the same and a lower index. Scores that are not numbers come first; where the
    /// right one is none, the place is behind all.
    /// </summary>
    /// <typeparam name="T">The type of the scores.</typeparam>
    /// <param name="scores">A score for each class.</param>
    /// <param name="label">The right class.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label is not a class.</exception>
    public static int RankOf<T>(ReadOnlySpan<T> scores, int label)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if ((uint)label >= (uint)scores.Length) throw new ArgumentOutOfRangeException(nameof(label), label, $"A label is 0 to {scores.Length - 1}.");
        T own = scores[label];
        if (T.IsNaN(own)) return scores.Length;
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] > own || (scores[i] == own && i < label) || T.IsNaN(scores[i])) rank++;
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
