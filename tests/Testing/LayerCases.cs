using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Testing;

/// <summary>
/// The catalogue of odd layer cases: every kind of layer and loss over shapes that trip devices (sizes that no vector or block divides, batch 1, images of one
/// pixel, windows wider than what they cover, ties), and the chains that a device may run as one operator.
/// </summary>
public static partial class LayerCases
{
    private static readonly Lazy<IReadOnlyDictionary<string, LayerCase>> _all = new(
        () => Convolutions().Concat(Pools()).Concat(OtherLayers()).Concat(Concats()).Concat(Losses()).Concat(Chains()).ToDictionary(c => c.Name));

    /// <summary>All cases by name.</summary>
    public static IReadOnlyDictionary<string, LayerCase> All => _all.Value;

    /// <summary>The names of all cases: rows of a theory.</summary>
    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>The names of the cases without kinks, which finite differences can check.</summary>
    public static TheoryData<string> SmoothNames => [.. All.Values.Where(c => !c.HasKinks).Select(c => c.Name)];

    /// <summary>The case of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static LayerCase Get(string name) => All[name];

    /// <summary>A case of one layer with an L2 loss.</summary>
    internal static LayerCase One(Layer layer, Shape input, InputKind kind = InputKind.Uniform, string? name = null)
    {
        name ??= $"{layer.Kind} {layer.Settings}".TrimEnd();
        Network network = new NetworkBuilder(layer.Name, input.C, input.H, input.W).Add(layer).L2Loss().Build();
        return new LayerCase($"{name} of {input}{(kind == InputKind.Coarse ? " with ties" : "")}", network, input.N, kind);
    }

    /// <summary>A convolution and an L2 loss.</summary>
    internal static LayerCase Convolution(Shape input, int filters, Window window, int groups = 1, bool bias = true)
    {
        var layer = new ConvolutionLayer("conv", filters, window, groups, bias, Unused, Unused);
        return One(layer, input, name: $"convolution {layer.Settings} to {filters}{(bias ? "" : " without bias")}");
    }

    /// <summary>A square window with a padding rule.</summary>
    internal static Window Square(int kernel, int stride, Padding padding, SizeRounding rounding = SizeRounding.Floor) =>
        Window.Square(kernel, stride, padding, rounding);

    /// <summary>Cases make their own values, whatever a layer's initialiser.</summary>
    private static Initialization.ConstantInitializer Unused { get; } = new(0);

    private static IEnumerable<LayerCase> Convolutions()
    {
        Padding same = Padding.Same, valid = Padding.Valid;

        // Every kernel size, strides 1 to 4, odd numbers of channels.
        yield return Convolution(new(2, 3, 5, 7), 4, Square(1, 1, same));
        yield return Convolution(new(1, 17, 4, 4), 19, Square(1, 1, valid), bias: false);
        yield return Convolution(new(2, 5, 7, 6), 3, Square(1, 2, same));
        yield return Convolution(new(2, 3, 6, 5), 5, Square(2, 1, same));
        yield return Convolution(new(1, 2, 7, 7), 3, Square(2, 2, valid));
        yield return Convolution(new(2, 2, 5, 8), 3, Square(2, 3, same), bias: false);
        yield return Convolution(new(2, 3, 7, 7), 5, Square(3, 1, same));
        yield return Convolution(new(1, 1, 3, 3), 1, Square(3, 1, same));
        yield return Convolution(new(2, 33, 5, 5), 17, Square(3, 1, same));
        yield return Convolution(new(1, 16, 14, 14), 32, Square(3, 1, same));
        yield return Convolution(new(2, 3, 13, 13), 33, Square(3, 1, same));
        yield return Convolution(new(3, 16, 6, 9), 16, Square(3, 1, valid), bias: false);
        yield return Convolution(new(2, 3, 8, 9), 4, Square(3, 2, same));
        yield return Convolution(new(1, 4, 9, 8), 6, Square(3, 2, valid));
        yield return Convolution(new(2, 2, 10, 11), 3, Square(3, 3, same));
        yield return Convolution(new(1, 3, 13, 9), 2, Square(3, 4, same));
        yield return Convolution(new(2, 3, 9, 9), 4, Square(5, 1, same));
        yield return Convolution(new(1, 18, 7, 13), 16, Square(5, 1, same), groups: 2);
        yield return Convolution(new(1, 5, 12, 11), 7, Square(5, 2, valid));
        yield return Convolution(new(2, 3, 11, 12), 2, Square(5, 3, same));
        yield return Convolution(new(1, 3, 9, 10), 4, Square(7, 1, same));
        yield return Convolution(new(2, 3, 14, 13), 5, Square(7, 2, same));
        yield return Convolution(new(1, 3, 27, 27), 8, Square(11, 4, same));
        yield return Convolution(new(1, 3, 31, 31), 7, Square(11, 4, valid), bias: false);
        yield return Convolution(new(2, 3, 26, 23), 17, Square(11, 4, Padding.Explicit(2)));
        yield return Convolution(new(1, 2, 13, 12), 3, Square(11, 1, same));

        // Kernels and strides that are not square.
        yield return Convolution(new(2, 3, 6, 9), 4, new Window(3, 5, 1, 1, same));
        yield return Convolution(new(1, 4, 9, 6), 5, new Window(5, 2, 2, 1, same));
        yield return Convolution(new(2, 2, 7, 10), 3, new Window(1, 7, 1, 3, valid));
        yield return Convolution(new(1, 3, 11, 5), 4, new Window(7, 1, 4, 2, same));
        yield return Convolution(new(1, 3, 8, 8), 4, new Window(3, 3, 1, 2, same));
        yield return Convolution(new(2, 3, 8, 8), 4, new Window(3, 3, 2, 1, valid));

        // Explicit padding: asymmetric, larger than the kernel, rounded up.
        yield return Convolution(new(2, 3, 5, 6), 4, Square(3, 1, Padding.Explicit(0, 1, 2, 3)));
        yield return Convolution(new(1, 2, 6, 7), 3, Square(3, 2, Padding.Explicit(2, 0, 1, 1)));
        yield return Convolution(new(1, 2, 3, 4), 3, Square(2, 1, Padding.Explicit(3)));
        yield return Convolution(new(2, 1, 2, 2), 2, Square(1, 3, Padding.Explicit(4, 2, 3, 5)));
        yield return Convolution(new(1, 3, 6, 6), 2, Square(3, 2, Padding.Explicit(1), SizeRounding.Ceiling));
        yield return Convolution(new(2, 2, 7, 8), 3, Square(4, 3, Padding.Explicit(0, 1, 0, 0), SizeRounding.Ceiling));

        // Groups, up to one a channel, and more filters than channels in each.
        yield return Convolution(new(2, 4, 6, 5), 6, Square(3, 1, same), groups: 2);
        yield return Convolution(new(1, 6, 7, 7), 9, Square(3, 2, same), groups: 3);
        yield return Convolution(new(2, 6, 5, 5), 3, Square(2, 1, valid), groups: 3, bias: false);
        yield return Convolution(new(2, 5, 6, 6), 5, Square(3, 1, same), groups: 5);
        yield return Convolution(new(1, 3, 7, 6), 6, Square(5, 2, same), groups: 3, bias: false);
        yield return Convolution(new(1, 32, 5, 7), 48, Square(3, 1, same), groups: 2);
        yield return Convolution(new(1, 34, 4, 5), 38, Square(3, 1, Padding.Explicit(1)), groups: 2);

        // One pixel; images smaller than the kernel.
        yield return Convolution(new(1, 3, 1, 1), 4, Square(1, 1, valid));
        yield return Convolution(new(2, 5, 1, 1), 3, Square(3, 1, same));
        yield return Convolution(new(1, 2, 1, 1), 3, Square(11, 4, same));
        yield return Convolution(new(2, 3, 2, 3), 4, Square(5, 1, same));
        yield return Convolution(new(1, 2, 3, 2), 3, Square(7, 1, Padding.Explicit(3)));
        yield return Convolution(new(1, 2, 4, 1), 2, Square(5, 2, Padding.Explicit(2)));
        yield return Convolution(new(3, 2, 1, 6), 2, Square(3, 4, same), bias: false);
    }

    private static IEnumerable<LayerCase> Pools()
    {
        (Shape Input, Window Window)[] windows =
        [
            (new(2, 3, 7, 7), Square(3, 2, Padding.Valid)), // AlexNet's, overlapping
            (new(1, 17, 13, 13), Square(3, 2, Padding.Valid)),
            (new(1, 16, 8, 9), Square(2, 2, Padding.Same)), // VGG's, the last column alone
            (new(2, 2, 8, 7), Square(3, 2, Padding.Same)),
            (new(1, 5, 6, 6), Square(3, 1, Padding.Same)),
            (new(1, 3, 9, 8), Square(5, 3, Padding.Same)),
            (new(2, 3, 6, 7), Square(3, 2, Padding.Explicit(1))),
            (new(1, 2, 5, 6), Square(3, 1, Padding.Explicit(0, 1, 2, 0))),
            (new(1, 3, 8, 7), Square(3, 2, Padding.Explicit(0), SizeRounding.Ceiling)),
            (new(2, 2, 6, 9), Square(3, 2, Padding.Explicit(1), SizeRounding.Ceiling)),
            (new(1, 2, 7, 7), Square(4, 3, Padding.Explicit(1, 2, 0, 1), SizeRounding.Ceiling)),
            (new(2, 3, 7, 9), Square(2, 3, Padding.Valid)), // pixels that no window reads
            (new(1, 2, 9, 7), Square(1, 4, Padding.Same)),
            (new(2, 3, 6, 8), new Window(2, 3, 1, 2, Padding.Valid)),
            (new(1, 4, 7, 5), new Window(5, 1, 3, 1, Padding.Same)),
            (new(1, 33, 1, 1), Square(1, 1, Padding.Valid)),
            (new(2, 3, 1, 1), Square(3, 2, Padding.Same)),
            (new(1, 2, 2, 3), Square(3, 1, Padding.Explicit(2))),
            (new(3, 2, 5, 5), Square(5, 1, Padding.Valid)), // everything in one window
        ];
        foreach ((Shape input, Window window) in windows)
        {
            yield return One(new MaxPoolLayer("pool", window), input, InputKind.Distinct);
            yield return One(new MaxPoolLayer("pool", window), input, InputKind.Coarse);
            yield return One(new AveragePoolLayer("pool", window, CountPadding: false), input);
            yield return One(new AveragePoolLayer("pool", window, CountPadding: true), input, name: $"average pool {window} counting padding");
        }
    }
}
