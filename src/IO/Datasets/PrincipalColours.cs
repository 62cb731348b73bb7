namespace AlexNetCuda.IO;

/// <summary>
/// The principal components of the colours of some pictures, for the colour shift of the 2012 paper (section 4.1): to every pixel of a picture, the sum of
/// vector[k] * value[k] * factor[k] is added, with a normal factor for each component that is drawn once a picture.
/// </summary>
public sealed record PrincipalColours
{
    private readonly double[] _values;
    private readonly double[,] _vectors;

    private PrincipalColours(double[] values, double[,] vectors) => (_values, _vectors) = (values, vectors);

    /// <summary>ImageNet's, as the published training code for residual networks of Torch and its many descendants have them.</summary>
    public static PrincipalColours ImageNet { get; } = new(
        [0.2175, 0.0188, 0.0045], new[,] { { -0.5675, 0.7192, 0.4009 }, { -0.5808, -0.0045, -0.8140 }, { -0.5836, -0.6948, 0.4203 } });

    /// <summary>The eigenvalues of the covariance of pixels from 0 to 1, falling.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>The components: column k belongs to value k; rows are red, green and blue. 3 x 3.</summary>
    public double[,] Vectors => (double[,])_vectors.Clone();

    /// <summary>Those of some pictures, of their covariance. The values are of pixels from 0 to 1, as the published ones are: the paper's rule, factors
    /// times eigenvalues, is not the same in another unit.</summary>
    /// <param name="statistics">Of the training pictures.</param>
    public static PrincipalColours Of(DatasetStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        (double[] values, double[,] vectors) = SymmetricEigen.Solve(statistics.Covariance);
        return new PrincipalColours(Array.ConvertAll(values, v => Math.Max(0, v) / (255.0 * 255.0)), vectors);
    }

    /// <summary>The shift of one channel, of pixels 0 to 255.</summary>
    internal float Shift(int channel, double factor0, double factor1, double factor2) => (float)(255 * (
        (_vectors[channel, 0] * _values[0] * factor0) + (_vectors[channel, 1] * _values[1] * factor1) + (_vectors[channel, 2] * _values[2] * factor2)));
}

/// <summary>Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", section 8.5).</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 50; // convergence is quadratic: a 3 x 3 matrix takes about five

    /// <summary>The values, falling, and the vectors: column k belongs to value k.</summary>
    public static (double[] Values, double[,] Vectors) Solve(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        var v = new double[n, n];
        for (int i = 0; i < n; i++) v[i, i] = 1;
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double rotated = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++) rotated += Rotate(a, v, p, q);
            }

            if (rotated == 0) break;
        }

        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => a[i, i])];
        var vectors = new double[n, n];
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++) vectors[i, k] = v[i, order[k]];
        }

        return (Array.ConvertAll(order, i => a[i, i]), vectors);
    }

    /// <summary>Makes a[p, q] zero; returns how large it was, 0 where it was nothing beside the diagonal.</summary>
    private static double Rotate(double[,] a, double[,] v, int p, int q)
    {
        double off = a[p, q];
        if (Math.Abs(off) <= 1e-17 * (Math.Abs(a[p, p]) + Math.Abs(a[q, q]))) return 0;
        double tau = (a[q, q] - a[p, p]) / (2 * off);
        double t = (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + (tau * tau)));
        double c = 1 / Math.Sqrt(1 + (t * t)), s = t * c;
        int n = a.GetLength(0);
        for (int k = 0; k < n; k++) (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
        for (int k = 0; k < n; k++) (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
        for (int k = 0; k < n; k++) (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
        return Math.Abs(off);
    }
}
