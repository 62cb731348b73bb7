using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Kernels.Tests.References;

/// <summary>LRN in double precision, as its definition reads.</summary>
internal static class LrnReference
{
    internal static double[] Forward(float[] x, ImageShape shape, LrnParameters lrn)
    {
        var y = new double[x.Length];
        ForEach(shape, (c, at) => y[at(c)] = x[at(c)] * Math.Pow(Scale(x, shape, lrn, c, at), -lrn.Beta));
        return y;
    }

    internal static double[] Backward(float[] x, float[] g, ImageShape shape, LrnParameters lrn)
    {
        var dx = new double[x.Length];
        ForEach(shape, (c, at) =>
        {
            var sum = 0.0;
            for (var j = Math.Max(c - lrn.Radius, 0); j <= Math.Min(c + lrn.Radius, shape.Channels - 1); j++)
            {
                var s = Scale(x, shape, lrn, j, at);
                sum += (double)g[at(j)] * x[at(j)] * Math.Pow(s, -lrn.Beta) / s;
            }

            dx[at(c)] = (g[at(c)] * Math.Pow(Scale(x, shape, lrn, c, at), -lrn.Beta)) - (2.0 * lrn.Alpha * lrn.Beta * x[at(c)] * sum);
        });
        return dx;
    }

    private static double Scale(float[] x, ImageShape shape, LrnParameters lrn, int c, Func<int, int> at)
    {
        var squares = 0.0;
        for (var j = Math.Max(c - lrn.Radius, 0); j <= Math.Min(c + lrn.Radius, shape.Channels - 1); j++)
        {
            squares += (double)x[at(j)] * x[at(j)];
        }

        return lrn.K + (lrn.Alpha * squares);
    }

    private static void ForEach(ImageShape shape, Action<int, Func<int, int>> channel)
    {
        for (var n = 0; n < shape.Images; n++)
        {
            for (var p = 0; p < shape.Plane; p++)
            {
                var first = (n * shape.Channels * shape.Plane) + p;
                for (var c = 0; c < shape.Channels; c++)
                {
                    channel(c, j => first + (j * shape.Plane));
                }
            }
        }
    }
}
