namespace AlexNetCuda.Testing;

public static partial class LayerCases
{
    /// <summary>
    /// Concatenations of convolutions (or rows) of the same images, with channels that are multiples of 16 or not, before and behind others. Every branch has weights, so that
    /// every part of the gradient shows; two layers read the images, whose own gradient is therefore not computed.
    /// </summary>
    private static IEnumerable<LayerCase> Concats()
    {
        (Shape Input, int[] Filters)[] joined =
        [
            (new(2, 3, 5, 7), [4, 3]), (new(1, 2, 3, 3), [16, 32]), (new(2, 2, 4, 3), [16, 5, 16]), (new(1, 3, 1, 1), [1, 17]), (new(3, 1, 2, 2), [7, 9, 33]),
        ];
        foreach ((Shape input, int[] filters) in joined)
        {
            var builder = new NetworkBuilder("concat", input.C, input.H, input.W);
            for (int i = 0; i < filters.Length; i++) builder.From(Network.InputName).Convolution($"conv{i}", filters[i], i == 0 ? 1 : 3);
            builder.Concat("concat", [.. filters.Select((_, i) => $"conv{i}")]).Convolution("last", 4, 1);
            yield return Joining($"concat of {string.Join(" and ", filters)} channels of {input}", builder, input);
        }

        var some = new Shape(2, 3, 5, 7);
        NetworkBuilder images = new NetworkBuilder("images", some.C, some.H, some.W).Convolution("conv", 5, 3).Concat("concat", Network.InputName, "conv");
        yield return Joining($"concat of images and their convolution of {some}", images, some);
        NetworkBuilder rows = new NetworkBuilder("rows", some.C, some.H, some.W)
            .FullyConnected("a", 3).From(Network.InputName).FullyConnected("b", 16).Concat("concat", "b", "a").FullyConnected("last", 2);
        yield return Joining($"concat of rows of {some}", rows, some);
        yield return One(new Layers.ConcatLayer("concat"), some);
    }

    private static LayerCase Joining(string name, NetworkBuilder builder, Shape input) =>
        new(name, builder.L2Loss().Build(), input.N) { InputGradient = false };
}
