using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Kernels.Tests.References;

/// <summary>Pooling in double precision, as its definition reads.</summary>
internal static class PoolReference
{
    internal static (float[] Y, byte[] Argmax) MaxForward(float[] x, PoolShape p)
    {
        var y = new float[p.Planes * p.OutHeight * p.OutWidth];
        var argmax = new byte[y.Length];
        ForEachWindow(p, (o, taps) =>
        {
            var first = true;
            foreach (var (index, place) in taps)
            {
                var wins = first || x[index] > y[o] || (float.IsNaN(x[index]) && !float.IsNaN(y[o]));
                if (wins)
                {
                    (y[o], argmax[o], first) = (x[index], (byte)place, false);
                }
            }
        });
        return (y, argmax);
    }

    internal static double[] MaxBackward(float[] dy, byte[] argmax, PoolShape p)
    {
        var dx = new double[p.Planes * p.Height * p.Width];
        ForEachWindow(p, (o, taps) =>
        {
            foreach (var (index, place) in taps)
            {
                if (place == argmax[o])
                {
                    dx[index] += dy[o];
                }
            }
        });
        return dx;
    }

    // A window's places in the padded picture.
    private static int Counted(PoolShape p, int o)
    {
        var places = 0;
        var (row, column) = (o / p.OutWidth % p.OutHeight, o % p.OutWidth);
        for (var y = 0; y < p.KernelY; y++)
        {
            for (var x = 0; x < p.KernelX; x++)
            {
                places += (row * p.StrideY) - p.Top + y < p.Height + p.Bottom && (column * p.StrideX) - p.Left + x < p.Width + p.Right ? 1 : 0;
            }
        }

        return places;
    }

    internal static double[] AverageForward(float[] x, PoolShape p, bool countPadding)
    {
        var y = new double[p.Planes * p.OutHeight * p.OutWidth];
        ForEachWindow(p, (o, taps) => y[o] = taps.Sum(tap => (double)x[tap.Index]) / (countPadding ? Counted(p, o) : taps.Count));
        return y;
    }

    internal static double[] AverageBackward(float[] dy, PoolShape p, bool countPadding)
    {
        var dx = new double[p.Planes * p.Height * p.Width];
        ForEachWindow(p, (o, taps) =>
        {
            foreach (var (index, _) in taps)
            {
                dx[index] += dy[o] / (double)(countPadding ? Counted(p, o) : taps.Count);
            }
        });
        return dx;
    }

    // Each output with its window's elements inside the picture, in row-major order: index in the input, place in the window.
    private static void ForEachWindow(PoolShape p, Action<int, IReadOnlyList<(int Index, int Place)>> window)
    {
        List<(int Index, int Place)> taps = [];
        for (var o = 0; o < p.Planes * p.OutHeight * p.OutWidth; o++)
        {
            var plane = o / (p.OutHeight * p.OutWidth);
            var oy = o / p.OutWidth % p.OutHeight;
            var ox = o % p.OutWidth;
            taps.Clear();
            for (var ky = 0; ky < p.KernelY; ky++)
            {
                for (var kx = 0; kx < p.KernelX; kx++)
                {
                    var y = (oy * p.StrideY) - p.Top + ky;
                    var x = (ox * p.StrideX) - p.Left + kx;
                    if (y >= 0 && y < p.Height && x >= 0 && x < p.Width)
                    {
                        taps.Add(((((plane * p.Height) + y) * p.Width) + x, (ky * p.KernelX) + kx));
                    }
                }
            }

            window(o, taps);
        }
    }
}
