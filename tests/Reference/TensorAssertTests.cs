using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class TensorAssertTests
{
    [Fact]
    public void The_error_is_the_largest_difference_over_the_root_mean_square()
    {
        (double error, int index) = TensorAssert.NormalisedError([3, 4, 0, 0], [3, 4.5, 0, 0.25]);
        Assert.Equal(0.5 / 2.5, error, 1e-15);
        Assert.Equal(1, index);
    }

    [Fact]
    public void NaN_equals_NaN_alone_and_infinity_itself_alone()
    {
        const double infinity = double.PositiveInfinity;
        Assert.Equal(0, TensorAssert.NormalisedError([double.NaN, infinity, -infinity, 1], [double.NaN, infinity, -infinity, 1]).Error);
        Assert.Equal((infinity, 0), TensorAssert.NormalisedError([double.NaN, 1], [5, 1]));
        Assert.Equal((infinity, 1), TensorAssert.NormalisedError([1, 1], [1, double.NaN]));
        Assert.Equal((infinity, 1), TensorAssert.NormalisedError([1, infinity], [1, -infinity]));
    }

    [Fact]
    public void Zeros_are_compared_as_they_are()
    {
        Assert.Equal((1e-3, 1), TensorAssert.NormalisedError([0, 0], [0, 1e-3]));
        Assert.Equal(0, TensorAssert.NormalisedError([0.0], [-0.0]).Error);
    }

    [Fact]
    public void The_message_names_tensor_place_and_values()
    {
        double[] expected = new double[12], actual = new double[12];
        (expected[0], actual[0], actual[7]) = (2, 2, 0.5);
        Exception? error = Record.Exception(() => TensorAssert.Close(expected, actual, 1e-3, "case: output", new Shape(2, 3, 1, 2)));
        Assert.Contains(
            "case: output: normalised error 8.66e-001, allowed 1.0e-003; worst at [1, 0, 0, 1] of [2, 3, 1, 2] (index 7): expected 0, got 0.5.",
            error?.Message, StringComparison.Ordinal);
        TensorAssert.Close(expected, actual, 0.9, "case: output");
    }

    [Fact]
    public void A_result_is_compared_tensor_by_tensor()
    {
        var one = new NetworkResult([1, 2], new Shape(1, 2), 2.5, [1], new Dictionary<string, double[]> { ["w"] = [3] });
        TensorAssert.Close(one, one, 0, "same");
        NetworkResult[] others =
        [
            one with { Output = [1, 3] }, one with { Loss = 3 }, one with { InputGradient = [2] }, one with { InputGradient = null },
            one with { Gradients = new Dictionary<string, double[]> { ["w"] = [4] } }, one with { Gradients = new Dictionary<string, double[]>() },
        ];
        foreach (NetworkResult other in others) Assert.NotNull(Record.Exception(() => TensorAssert.Close(one, other, 1e-6, "other")));
    }

    [Fact]
    public void The_golden_files_of_the_repository_are_found()
    {
        Assert.Contains(TestData.GoldenFiles(), f => Path.GetFileName(f) == "alexnet-same.json");
        Assert.Null(TestData.FindShared("no such folder"));
        Assert.Throws<FileNotFoundException>(() => TestData.Get("no such file"));
    }
}
