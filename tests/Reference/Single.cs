using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

/// <summary>Runs single layers on the reference device with numbers worked out by hand.</summary>
internal static class Single
{
    private static readonly ConstantInitializer _unused = new(0);

    public static Window Window(int kernelHeight, int kernelWidth, int stride, Padding padding, SizeRounding rounding = SizeRounding.Floor) =>
        new(kernelHeight, kernelWidth, stride, stride, padding, rounding);

    public static ConvolutionLayer Convolution(int filters, Window window, int groups = 1, bool bias = false) =>
        new("conv", filters, window, groups, bias, _unused, _unused);

    public static FullyConnectedLayer FullyConnected(int outputs, bool bias = true) => new("fc", outputs, bias, _unused, _unused);

    public static OperatorResult Run(
        Layer layer, Shape shape, double[] x, double[]? dy = null, IReadOnlyDictionary<string, double[]>? parameters = null, int[]? labels = null)
    {
        using var device = new ReferenceDevice(2);
        return new OperatorRunner
        {
            Device = device,
            Layers = [layer],
            InputShape = shape,
            Input = x,
            OutputGradient = dy,
            Parameters = parameters ?? new Dictionary<string, double[]>(),
            Labels = labels,
        }.Run();
    }

    /// <summary>Equal up to the rounding of a few operations.</summary>
    public static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-13);
    }
}
