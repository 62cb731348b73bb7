using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Testing;

/// <summary>Layer cases of random settings, the same for the same seed everywhere.</summary>
public sealed class RandomLayerCases
{
    private readonly ulong _seed;
    private uint _draws;

    private RandomLayerCases(ulong seed) => _seed = seed;

    /// <summary>Makes cases. Case i depends on the seed and i alone; its name holds both and its settings, so that a failure can be repeated.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="first">The number of the first case.</param>
    public static IEnumerable<LayerCase> Create(ulong seed, int count, int first = 0)
    {
        for (int i = first; i < first + count; i++)
            yield return new RandomLayerCases(Mix(seed, i)).Next($"random {seed}:{i}");
    }

    private static ulong Mix(ulong seed, int i)
    {
        (uint word0, uint word1, _, _) = Philox.Block(seed, i, 0, 0);
        return word0 | ((ulong)word1 << 32);
    }

    private LayerCase Next(string name)
    {
        int batch = Draw(1, 3), channels = Pick(1, 2, 3, 5, 8, 16, 17, 24, 33), height = Draw(1, 12), width = Draw(1, 12);
        var builder = new NetworkBuilder("random", channels, height, width);
        InputKind kind = InputKind.Uniform;
        bool drops = false;
        string what;
        switch (Draw(0, 7))
        {
            case 0 or 1:
                ConvolutionLayer convolution = RandomConvolution(channels, RandomWindow(height, width, mayMissPixels: true));
                what = $"convolution {convolution.Settings} to {convolution.Filters}{(convolution.HasBias ? "" : " without bias")}";
                _ = builder.Add(convolution);
                break;
            case 2:
                Window window = RandomWindow(height, width, mayMissPixels: false);
                what = $"max-pool {window}";
                _ = builder.Add(new MaxPoolLayer("pool", window));
                kind = InputKind.Distinct;
                break;
            case 3:
                var average = new AveragePoolLayer("pool", RandomWindow(height, width, mayMissPixels: false), Draw(0, 1) == 1);
                what = $"average pool {average.Settings}{(average.CountPadding ? " counting padding" : "")}";
                _ = builder.Add(average);
                break;
            case 4:
                var lrn = new LrnLayer("lrn", Draw(0, 6), Pick(0.5f, 1, 2), Pick(1e-4f, 0.1f, 1, 4), Pick(0.5f, 0.75f, 1));
                what = $"LRN {lrn.Settings}";
                _ = builder.Add(lrn);
                break;
            case 5:
                int outputs = Draw(1, 40);
                bool bias = Draw(0, 1) == 1;
                what = $"fully connected to {outputs}{(bias ? "" : " without bias")}";
                _ = builder.FullyConnected("fc", outputs, bias);
                break;
            case 6:
                drops = true;
                what = "dropout";
                _ = builder.Dropout(Pick(0.25f, 0.5f, 0.8f), "dropout");
                break;
            default:
                // Windows that see padding alone would all have the same value, the bias: ties.
                ConvolutionLayer first = RandomConvolution(channels, RandomWindow(height, width, mayMissPixels: false));
                what = $"convolution {first.Settings} to {first.Filters}{(first.HasBias ? "" : " without bias")}, relu, lrn, pool";
                _ = builder.Add(first).Relu().Lrn("lrn", Draw(0, 3), 1, 0.1f, 0.75f);
                _ = builder.Add(new MaxPoolLayer("pool", RandomWindow(builder.CurrentShape.H, builder.CurrentShape.W, mayMissPixels: false)));
                break;
        }

        return new LayerCase($"{name}: {what} of {new Shape(batch, channels, height, width)}", builder.L2Loss().Build(), batch, kind) { Dropout = drops };
    }

    private ConvolutionLayer RandomConvolution(int channels, Window window)
    {
        int[] divisors = [.. Enumerable.Range(1, channels).Where(g => channels % g == 0)];
        int groups = Draw(0, 2) == 0 ? Pick(divisors) : 1;
        int filters = groups * Draw(1, Math.Max(1, 20 / groups));
        var unused = new ConstantInitializer(0);
        return new ConvolutionLayer("conv", filters, window, groups, Draw(0, 2) > 0, unused, unused);
    }

    /// <summary>Any window; where it may not miss pixels, its padding is smaller than its kernel, so that it always holds one.</summary>
    private Window RandomWindow(int height, int width, bool mayMissPixels)
    {
        int kernelHeight = Draw(1, 6), kernelWidth = Draw(0, 2) == 0 ? Draw(1, 6) : kernelHeight;
        int strideHeight = Draw(1, 4), strideWidth = Draw(0, 2) == 0 ? Draw(1, 4) : strideHeight;
        SizeRounding rounding = Draw(0, 1) == 0 ? SizeRounding.Floor : SizeRounding.Ceiling;
        switch (Draw(0, 2))
        {
            case 0:
                return new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, Padding.Same);
            case 1:
                return new Window(Math.Min(kernelHeight, height), Math.Min(kernelWidth, width), strideHeight, strideWidth, Padding.Valid);
            default:
                int most = mayMissPixels ? 1 : -1;
                var padding = Padding.Explicit(
                    Draw(0, kernelHeight + most), Draw(0, kernelWidth + most), Draw(0, kernelHeight + most), Draw(0, kernelWidth + most));
                kernelHeight = Math.Min(kernelHeight, height + padding.Top + padding.Bottom);
                kernelWidth = Math.Min(kernelWidth, width + padding.Left + padding.Right);
                return !mayMissPixels && (Math.Max(padding.Top, padding.Bottom) >= kernelHeight || Math.Max(padding.Left, padding.Right) >= kernelWidth)
                    ? new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, Padding.Same)
                    : new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, padding, rounding);
        }
    }

    /// <summary>A number from least to most, both included.</summary>
    private int Draw(int least, int most) => least + (int)(Philox.Block(_seed, 0, 0, _draws++).Word0 % (uint)(most - least + 1));

    private T Pick<T>(params T[] values) => values[Draw(0, values.Length - 1)];
}
