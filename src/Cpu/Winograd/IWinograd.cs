namespace AlexNetCuda.Cpu;

/// <summary>
/// Minimal filtering F(m, r) in one dimension: m outputs of a filter of r taps from m + r - 1 inputs, with as many multiplications as there are inputs, instead of m * r. In two
/// dimensions the transforms are applied to columns, then to rows. With y the outputs, g the filter and d the inputs, y = A' ((G g) * (B' d)), where * is elementwise and ' is
/// transposition. (Winograd, "Arithmetic complexity of computations", 1980; for convolutional networks: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015.)
/// The matrices are those of Toom and Cook: for points p, A' has the rows p^i, G the rows p^i / product of (p - other points), B' the coefficients of the product of (x - other
/// points); the last point is at infinity. A transform works on whole registers, one a step.
/// </summary>
internal unsafe interface IWinograd
{
    /// <summary>m, the outputs of a tile.</summary>
    static abstract int Outputs { get; }

    /// <summary>r, the taps of the filter.</summary>
    static abstract int Taps { get; }

    /// <summary>m + r - 1, the inputs of a tile, and the points.</summary>
    static abstract int Points { get; }

    /// <summary>G: [points][taps].</summary>
    static abstract double[] Filter { get; }

    /// <summary>B': from inputs to points.</summary>
    static abstract void Input<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>;

    /// <summary>A': from points to outputs.</summary>
    static abstract void Output<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>;

    /// <summary>A: from gradients of outputs to gradients of points.</summary>
    static abstract void OutputGradient<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>;
}

/// <summary>What all schemes share.</summary>
internal static class WinogradPoints
{
    /// <summary>G for finite points (the last is at infinity), whose row i is multiplied by a sign.</summary>
    public static double[] Filter(double[] points, double[] signs, int taps)
    {
        var filter = new double[(points.Length + 1) * taps];
        for (int i = 0; i < points.Length; i++)
        {
            double scale = signs[i];
            for (int j = 0; j < points.Length; j++)
                if (j != i) scale /= points[i] - points[j];
            for (int tap = 0; tap < taps; tap++) filter[(i * taps) + tap] = scale * Math.Pow(points[i], tap);
        }

        filter[^1] = 1;
        return filter;
    }
}
