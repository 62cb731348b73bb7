namespace AlexNetCuda.IO;

/// <summary>Sums over pixels: of the channels, of their products, and of each pixel of the square in the middle. Whole numbers: the order of additions is of no matter.</summary>
internal sealed class PixelSums(int centreSize)
{
    private readonly long[] _sums = new long[3];
    private readonly long[,] _products = new long[3, 3]; // below 2^63 up to 1.4e14 pixels
    private readonly long[] _centre = new long[3 * centreSize * centreSize];
    private long _pixels, _pictures;

    public void Add(Picture picture)
    {
        long r = 0, g = 0, b = 0, rr = 0, rg = 0, rb = 0, gg = 0, gb = 0, bb = 0;
        byte[] pixels = picture.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2];
            r += red;
            g += green;
            b += blue;
            rr += red * red;
            rg += red * green;
            rb += red * blue;
            gg += green * green;
            gb += green * blue;
            bb += blue * blue;
        }

        long[] sums = [r, g, b];
        long[,] products = { { rr, rg, rb }, { rg, gg, gb }, { rb, gb, bb } };
        AddSums(sums, products, pixels.Length / 3, pictures: 1);

        int left = (picture.Width - centreSize) / 2, top = (picture.Height - centreSize) / 2, plane = centreSize * centreSize;
        for (int y = 0; y < centreSize; y++)
        {
            int from = 3 * (((top + y) * picture.Width) + left);
            for (int x = 0; x < centreSize; x++, from += 3)
            {
                for (int c = 0; c < 3; c++) _centre[(c * plane) + (y * centreSize) + x] += pixels[from + c];
            }
        }
    }

    public void Add(PixelSums other)
    {
        AddSums(other._sums, other._products, other._pixels, other._pictures);
        for (int i = 0; i < _centre.Length; i++) _centre[i] += other._centre[i];
    }

    public double Mean(int channel) => (double)_sums[channel] / _pixels;

    /// <summary>E[xy] - E[x]E[y]; exact to about 1e-11, since the pixels are small whole numbers.</summary>
    public double[,] Covariance()
    {
        var covariance = new double[3, 3];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++) covariance[i, j] = ((double)_products[i, j] / _pixels) - (Mean(i) * Mean(j));
            covariance[i, i] = Math.Max(0, covariance[i, i]);
        }

        return covariance;
    }

    public float[] CentreMean() => Array.ConvertAll(_centre, s => (float)((double)s / _pictures));

    private void AddSums(long[] sums, long[,] products, long pixels, long pictures)
    {
        for (int i = 0; i < 3; i++)
        {
            _sums[i] += sums[i];
            for (int j = 0; j < 3; j++) _products[i, j] += products[i, j];
        }

        _pixels += pixels;
        _pictures += pictures;
    }
}
