using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests.Training;

public sealed class ClassificationTests
{
    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 1)] // of two with the same score the lower index comes first
    [InlineData(3, 2)]
    [InlineData(1, 3)]
    public void A_rank_counts_what_scores_higher(int label, int rank) => Assert.Equal(rank, Classification.RankOf<float>([0.5f, -1, 2, 0.5f], label));

    [Fact]
    public void What_is_not_a_number_is_never_right()
    {
        Assert.Equal(3, Classification.RankOf<float>([float.NaN, float.NaN, float.NaN], 0));
        Assert.Equal(1, Classification.RankOf<float>([float.NaN, 7], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Classification.RankOf<float>([1, 2], 2));
    }

    [Fact]
    public void Softmax_takes_scores_of_any_size()
    {
        double[] scores = [1000, 1000 + Math.Log(3)];
        Classification.Softmax(scores);
        Assert.Equal(0.25, scores[0], 1e-12);
        Assert.Equal(0.75, scores[1], 1e-12);
    }
}
