using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>The schemes of minimal filtering, and none.</summary>
internal enum WinogradKind
{
    /// <summary>Another algorithm.</summary>
    None,

    /// <summary><see cref="Winograd4x3"/>.</summary>
    F4x3,

    /// <summary><see cref="Winograd5x3"/>.</summary>
    F5x3,

    /// <summary><see cref="Winograd4x5"/>.</summary>
    F4x5,
}

/// <summary>Which convolutions run by minimal filtering: those that it makes cheaper, counted in multiplications.</summary>
internal static class WinogradChoice
{
    // A transformation's additions, loads and stores take about as long as this many multiplications for each point and channel (measured, AVX2 and AVX-512).
    private const double TransformCost = 10;

    // Reading a transformed weight from memory takes about as long as this many multiplications: 14 on two cores with AVX2, 24 with AVX-512 (measured).
    private const double WeightCost = 16;

    // What minimal filtering must save to be worth its error.
    private const double Gain = 0.9;

    // What the smaller error of tiles of 4 may cost, compared with tiles of 5.
    private const double AccuracyPrice = 1.15;

    /// <summary>The scheme for a convolution of a batch, or none.</summary>
    public static WinogradKind Choose(ConvolutionLayer layer, WindowGeometry window, Shape input, Shape output)
    {
        if (window.StrideHeight != 1 || window.StrideWidth != 1 || window.KernelHeight != window.KernelWidth) return WinogradKind.None;
        int groupInputs = input.C / layer.Groups, groupOutputs = output.C / layer.Groups;
        if (layer.Groups > 1 && (groupInputs % Tile.Block != 0 || groupOutputs % Tile.Block != 0)) return WinogradKind.None;
        return Choose(window.KernelHeight, Direct(layer.Groups, groupInputs, groupOutputs, window.KernelHeight, output), layer.Groups, groupInputs, groupOutputs, output);
    }

    /// <summary>
    /// The scheme for a convolution of images of few channels that is computed as one of stride 1 over cells of s by s pixels, s its stride, or none: kernels of 11 and a stride of 4 are
    /// then of 3. (Yepez and Ko, "Stride 2 1-D, 2-D, and 3-D Winograd for convolutional neural networks", 2020.)
    /// </summary>
    public static WinogradKind ChooseByPhases(WindowGeometry window, Shape input, Shape output)
    {
        int stride = window.StrideHeight, kernel = window.KernelHeight;
        if (stride is not (2 or 4) || window.StrideWidth != stride || window.KernelWidth != kernel) return WinogradKind.None;
        int inputs = ((input.C * stride * stride) + Tile.Block - 1) / Tile.Block * Tile.Block;
        return Choose((kernel + stride - 1) / stride, Direct(1, input.C, output.C, kernel, output), 1, inputs, output.C, output);
    }

    private static WinogradKind Choose(int taps, double direct, int groups, int inputs, int outputs, Shape output)
    {
        switch (taps)
        {
            case 3:
                double four = Cost<Winograd4x3, Winograd4x3>(groups, inputs, outputs, output), five = Cost<Winograd5x3, Winograd4x3>(groups, inputs, outputs, output);
                return Math.Min(four, five) > Gain * direct ? WinogradKind.None : four < AccuracyPrice * five ? WinogradKind.F4x3 : WinogradKind.F5x3;
            case 5:
                return Cost<Winograd4x5, Winograd4x5>(groups, inputs, outputs, output) > Gain * direct ? WinogradKind.None : WinogradKind.F4x5;
            default:
                return WinogradKind.None;
        }
    }

    private static double Direct(int groups, int inputs, int outputs, int taps, Shape output) =>
        (double)groups * inputs * outputs * taps * taps * (((double)output.N * output.H * output.W) + WeightCost);

    private static double Cost<TScheme, TShort>(int groups, int inputs, int outputs, Shape output)
        where TScheme : struct, IWinograd
        where TShort : struct, IWinograd
    {
        double weights = TScheme.Points * TScheme.Points, points = (double)output.N * WinogradTiles.PointsPerImage(output, TScheme.Outputs, TScheme.Points, typeof(TShort) != typeof(TScheme));
        return groups * (((double)inputs * outputs * (points + (WeightCost * weights))) + (TransformCost * points * (inputs + outputs)));
    }
}
