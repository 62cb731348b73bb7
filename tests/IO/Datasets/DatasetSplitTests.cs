using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public class DatasetSplitTests
{
    /// <summary>Names and classes alone, in any order.</summary>
    private sealed class Listing(IReadOnlyList<(string Name, int Label)> pictures) : ImageDataset
    {
        public override IReadOnlyList<string> ClassNames { get; } = ["a", "b", "c"];

        public override int Count => pictures.Count;

        public override string Location => "listing";

        public override int LabelOf(int index) => pictures[index].Label;

        public override string NameOf(int index) => pictures[index].Name;

        public override Picture Load(int index, int minimumShorterSide) => throw new NotSupportedException();
    }

    private static List<(string Name, int Label)> Pictures() =>
        [.. Enumerable.Range(0, 200).Select(i => ($"picture {i}", i < 100 ? 0 : i < 199 ? 1 : 2))];

    private static string[] Validation(List<(string Name, int Label)> pictures, double share, ulong seed) =>
        [.. DatasetSplit.ByRatio(new Listing(pictures), share, seed).Validation.Select(i => pictures[i].Name).Order(StringComparer.Ordinal)];

    [Fact]
    public void Of_each_class_the_share_is_taken()
    {
        List<(string Name, int Label)> pictures = Pictures();
        DatasetSplit split = DatasetSplit.ByRatio(new Listing(pictures), 0.2, 1);
        Assert.Equal(Enumerable.Range(0, 200), split.Training.Concat(split.Validation).Order());
        Assert.Equal(split.Training.Order(), split.Training);
        Assert.Equal(split.Validation.Order(), split.Validation);
        Assert.Equal([20, 20, 0], Enumerable.Range(0, 3).Select(c => split.Validation.Count(i => pictures[i].Label == c)));

        // A very small or large share still leaves a picture of each class on either side, where it has two.
        Assert.Equal(2, DatasetSplit.ByRatio(new Listing(pictures), 0.001, 1).Validation.Count);
        Assert.Equal(3, DatasetSplit.ByRatio(new Listing(pictures), 0.999, 1).Training.Count);
    }

    [Fact]
    public void The_split_depends_on_the_seed_and_the_names_alone()
    {
        List<(string Name, int Label)> pictures = Pictures(), backwards = [.. Enumerable.Reverse(pictures)];
        string[] validation = Validation(pictures, 0.2, 1);
        Assert.Equal(validation, Validation(backwards, 0.2, 1));
        Assert.NotEqual(validation, Validation(pictures, 0.2, 2));

        // One picture more changes at most one other's side in its class, and none in the others.
        string[] more = Validation([.. pictures, ("another", 0)], 0.2, 1);
        Assert.InRange(more.Except(validation).Concat(validation.Except(more)).Count(), 0, 2);
    }

    [Fact]
    public void A_share_that_leaves_nothing_is_refused()
    {
        foreach (double share in new[] { 0, 1, -0.1, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => DatasetSplit.ByRatio(new Listing(Pictures()), share, 1));
    }
}
