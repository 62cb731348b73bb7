using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>The three convolutions on float32 arrays in NCHW and KCRS order.</summary>
internal static class ConvolutionSums
{
    /// <summary>Computes what the problem's direction says.</summary>
    /// <param name="problem">The convolution.</param>
    /// <param name="left">The filters; for the filters' gradient, the output's gradient.</param>
    /// <param name="right">The input; for the input's gradient, the output's.</param>
    /// <param name="order">The order of the sums.</param>
    /// <param name="workers">Threads; 0: all processors.</param>
    internal static float[] Run(ConvolutionProblem problem, float[] left, float[] right, SumOrder order, int workers)
    {
        var result = new float[problem.Output.Count];
        for (var group = 0; group < problem.Groups; group++)
        {
            switch (problem.Direction)
            {
                case Direction.Forward:
                    Forward(problem, left, right, group, order, result, workers);
                    break;
                case Direction.BackwardData:
                    BackwardData(problem, left, right, group, order, result, workers);
                    break;
                default:
                    BackwardFilter(problem, left, right, group, order, result, workers);
                    break;
            }
        }

        return result;
    }

    /// <summary>Where a tap lies among a filter's taps: CUDNN_CONVOLUTION turns filters over.</summary>
    internal static int Tap(ConvolutionProblem problem, int tap) =>
        problem.Convolution.Mode == CudnnConvolutionMode.CrossCorrelation ? tap : (problem.W.H * problem.W.W) - 1 - tap;

    private static void Forward(ConvolutionProblem problem, float[] w, float[] x, int group, SumOrder order, float[] result, int workers)
    {
        var patches = new InputPatches(problem, x, group);
        int taps = problem.W.H * problem.W.W, outputs = problem.GroupOutputs, origin = group * outputs * patches.Products;
        float[] rows = MatrixProduct.Pack(
            outputs,
            patches.Products,
            (row, k) => w[origin + (row * patches.Products) + (k / taps * taps) + Tap(problem, k % taps)]);
        MatrixProduct.Run(rows, outputs, patches, order, result, workers);
    }

    private static void BackwardData(ConvolutionProblem problem, float[] w, float[] dy, int group, SumOrder order, float[] result, int workers)
    {
        ConvolutionShape c = problem.Convolution;
        TensorShape shape = problem.W;
        for (var restY = 0; restY < c.StrideY; restY++)
        {
            for (var restX = 0; restX < c.StrideX; restX++)
            {
                var patches = new OutputPatches(problem, dy, group, restY, restX);
                // Positions that no tap reaches stay 0.
                if (patches.Columns == 0 || patches.Products == 0) continue;
                int[] down = patches.TapsY, right = patches.TapsX;
                int taps = down.Length * right.Length;
                float[] rows = MatrixProduct.Pack(
                    shape.C,
                    patches.Products,
                    (row, k) => w[((((group * problem.GroupOutputs) + (k / taps)) * shape.C) + row) * shape.H * shape.W
                        + Tap(problem, (down[k % taps / right.Length] * shape.W) + right[k % right.Length])]);
                MatrixProduct.Run(rows, shape.C, patches, order, result, workers);
            }
        }
    }

    private static void BackwardFilter(ConvolutionProblem problem, float[] dy, float[] x, int group, SumOrder order, float[] result, int workers)
    {
        var patches = new FilterPatches(problem, x, group);
        int plane = problem.Y.H * problem.Y.W, outputs = problem.GroupOutputs;
        float[] rows = MatrixProduct.Pack(
            outputs,
            patches.Products,
            (row, k) => dy[((((k / plane) * problem.Y.C) + (group * outputs) + row) * plane) + (k % plane)]);
        MatrixProduct.Run(rows, outputs, patches, order, result, workers);
    }
}
