using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>A convolution as its definition says it, in double precision, NCHW: slow, and nothing of it is shared with what it checks.</summary>
internal static class DoubleConvolution
{
    /// <summary>y = x * w.</summary>
    internal static double[] Forward(ConvolutionProblem p, double[] x, double[] w)
    {
        var y = new double[p.Images * p.Filters * p.OutputHeight * p.OutputWidth];
        ForEach(p, (xi, wi, yi) => y[yi] += x[xi] * w[wi]);
        return y;
    }

    /// <summary>The input's gradient.</summary>
    internal static double[] BackwardData(ConvolutionProblem p, double[] w, double[] dy)
    {
        var dx = new double[p.Images * p.Channels * p.Height * p.Width];
        ForEach(p, (xi, wi, yi) => dx[xi] += w[wi] * dy[yi]);
        return dx;
    }

    /// <summary>The filters' gradient.</summary>
    internal static double[] BackwardFilter(ConvolutionProblem p, double[] x, double[] dy)
    {
        var dw = new double[p.Filters * (p.Channels / p.Groups) * p.KernelHeight * p.KernelWidth];
        ForEach(p, (xi, wi, yi) => dw[wi] += x[xi] * dy[yi]);
        return dw;
    }

    /// <summary>Every product there is, by its places in input, filters and output.</summary>
    private static void ForEach(ConvolutionProblem p, Action<int, int, int> product)
    {
        int channels = p.Channels / p.Groups, filters = p.Filters / p.Groups, yi = 0;
        for (int n = 0; n < p.Images; n++)
        {
            for (int k = 0; k < p.Filters; k++)
            {
                for (int row = 0; row < p.OutputHeight; row++)
                {
                    for (int column = 0; column < p.OutputWidth; column++, yi++)
                    {
                        for (int c = 0; c < channels; c++)
                        {
                            int plane = (n * p.Channels) + (k / filters * channels) + c;
                            Window(p, plane, (k * channels) + c, row, column, yi, product);
                        }
                    }
                }
            }
        }
    }

    private static void Window(ConvolutionProblem p, int plane, int filter, int row, int column, int yi, Action<int, int, int> product)
    {
        for (int r = 0; r < p.KernelHeight; r++)
        {
            int y = (row * p.StrideY) - p.PadY + r;
            if (y < 0 || y >= p.Height) continue;
            for (int s = 0; s < p.KernelWidth; s++)
            {
                int x = (column * p.StrideX) - p.PadX + s;
                if (x >= 0 && x < p.Width) product((((plane * p.Height) + y) * p.Width) + x, (((filter * p.KernelHeight) + r) * p.KernelWidth) + s, yi);
            }
        }
    }
}
