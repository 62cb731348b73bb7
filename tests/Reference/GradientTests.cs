using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class GradientTests
{
    public static TheoryData<string> SmoothNames => LayerCases.SmoothNames;

    public static TheoryData<int> RandomNumbers => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(SmoothNames))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        using var check = new GradientCheck(LayerCases.Get(name));
        check.Check(check.Analytic);
    }

    [Theory]
    [MemberData(nameof(RandomNumbers))]
    public void Gradients_of_random_layers_agree_with_finite_differences(int number)
    {
        using var check = new GradientCheck(RandomLayerCases.Create(seed: 2012, count: 1, first: number).Single());
        check.Check(check.Analytic);
    }

    [Fact]
    public void The_check_notices_a_gradient_that_is_off_by_five_millionths()
    {
        LayerCase layerCase = LayerCases.All.Values.First(c => c.Name.StartsWith("conv relu lrn pool", StringComparison.Ordinal));
        using var check = new GradientCheck(layerCase);
        check.Check(check.Analytic);
        double[] wrong = [.. check.Analytic.InputGradient!.Select(g => g * (1 + 5e-6))];
        Exception? error = Record.Exception(() => check.Check(check.Analytic with { InputGradient = wrong }));
        Assert.Contains("gradient of input[", error?.Message, StringComparison.Ordinal);
        var gradients = check.Analytic.Gradients.ToDictionary(g => g.Key, g => g.Key == "conv/biases" ? g.Value.Select(v => v * (1 - 5e-6)).ToArray() : g.Value);
        error = Record.Exception(() => check.Check(check.Analytic with { Gradients = gradients }));
        Assert.Contains("gradient of conv/biases[", error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_catalogue_covers_every_kind_of_layer()
    {
        string[] kinds = [.. LayerCases.All.Values.SelectMany(c => c.Network.Nodes).Select(n => n.Layer.GetType().Name).Distinct().Order()];
        string[] layers = [.. typeof(Layers.Layer).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(Layers.Layer))).Select(t => t.Name).Order()];
        Assert.Equal(layers, kinds);
    }

    [Fact]
    public void Cases_have_the_same_input_every_time()
    {
        LayerCase first = RandomLayerCases.Create(7, 1, 3).Single(), again = RandomLayerCases.Create(7, 4).Last();
        Assert.Equal(first.Name, again.Name);
        Assert.Equal(first.Input, again.Input);
    }
}
