using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Dnn;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>A convolution to try, and what it should give: seven plain loops in double precision, over arrays in NCHW order.</summary>
internal sealed record ConvolutionCase(int N, int C, int H, int W, int K, int R, int S)
{
    internal int PadY { get; init; }

    internal int PadX { get; init; }

    internal int StrideY { get; init; } = 1;

    internal int StrideX { get; init; } = 1;

    internal int DilationY { get; init; } = 1;

    internal int DilationX { get; init; } = 1;

    internal int Groups { get; init; } = 1;

    internal CudnnDataType Type { get; init; }

    internal CudnnTensorFormat Format { get; init; }

    internal CudnnConvolutionMode Mode { get; init; } = CudnnConvolutionMode.CrossCorrelation;

    internal CudnnMathType Math { get; init; } = CudnnMathType.FmaMath;

    internal int OutputH => ((H + (2 * PadY) - ((R - 1) * DilationY) - 1) / StrideY) + 1;

    internal int OutputW => ((W + (2 * PadX) - ((S - 1) * DilationX) - 1) / StrideX) + 1;

    internal TensorShape XShape => new(Type, Format, N, C, H, W);

    internal TensorShape WShape => new(Type, Format, K, C / Groups, R, S);

    internal TensorShape YShape => new(Type, Format, N, K, OutputH, OutputW);

    /// <summary>The sums, and the sums of the products' magnitudes: what rounding errors are proportional to.</summary>
    internal (double[] Sums, double[] Magnitudes) Reference(Direction direction, float[] x, float[] w, float[] y)
    {
        long count = direction switch
        {
            Direction.Forward => YShape.Count,
            Direction.BackwardData => XShape.Count,
            _ => WShape.Count,
        };
        var sums = new double[count];
        var magnitudes = new double[count];
        int inputs = C / Groups, outputs = K / Groups;
        for (var n = 0; n < N; n++)
        for (var k = 0; k < K; k++)
        for (var oy = 0; oy < OutputH; oy++)
        for (var ox = 0; ox < OutputW; ox++)
        for (var c = 0; c < inputs; c++)
        for (var r = 0; r < R; r++)
        for (var s = 0; s < S; s++)
        {
            int h = (oy * StrideY) - PadY + (r * DilationY), wide = (ox * StrideX) - PadX + (s * DilationX);
            if (h < 0 || h >= H || wide < 0 || wide >= W) continue;
            bool turned = Mode == CudnnConvolutionMode.Convolution;
            int xi = (((((n * C) + (k / outputs * inputs)) + c) * H) + h) * W + wide;
            int wi = ((((k * inputs) + c) * R) + (turned ? R - 1 - r : r)) * S + (turned ? S - 1 - s : s);
            int yi = ((((n * K) + k) * OutputH) + oy) * OutputW + ox;
            (int at, double product) = direction switch
            {
                Direction.Forward => (yi, (double)x[xi] * w[wi]),
                Direction.BackwardData => (xi, (double)w[wi] * y[yi]),
                _ => (wi, (double)x[xi] * y[yi]),
            };
            sums[at] += product;
            magnitudes[at] += double.Abs(product);
        }

        return (sums, magnitudes);
    }
}
