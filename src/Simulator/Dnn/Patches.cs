namespace AlexNetCuda.Simulator.Dnn;

/// <summary>A matrix of parts of a tensor, made a few columns at a time: what is called im2col.</summary>
internal abstract class Patches
{
    /// <summary>The matrix's rows: products of one sum.</summary>
    internal abstract int Products { get; }

    /// <summary>The matrix's columns.</summary>
    internal abstract int Columns { get; }

    /// <summary>From one row of the result to the next.</summary>
    internal abstract int ResultStride { get; }

    /// <summary>Where the result of a column, row 0, goes.</summary>
    internal abstract long ResultIndex(int column);

    /// <summary>Writes rows from first to before last of some columns, <see cref="MatrixProduct.Width"/> numbers a row.</summary>
    internal abstract void Unroll(int first, int last, int column, int columns, Span<float> rows);
}

/// <summary>Columns: the positions of the output. Rows: input channel and tap. The result is the output.</summary>
internal sealed class InputPatches(ConvolutionProblem problem, float[] x, int group) : Patches
{
    private readonly ConvolutionShape _c = problem.Convolution;
    private readonly TensorShape _x = problem.X, _w = problem.W, _y = problem.Y;

    internal override int Products => _w.C * _w.H * _w.W;

    internal override int Columns => _y.N * _y.H * _y.W;

    internal override int ResultStride => _y.H * _y.W;

    internal override long ResultIndex(int column)
    {
        int plane = _y.H * _y.W;
        return ((((long)(column / plane) * _y.C) + (group * problem.GroupOutputs)) * plane) + (column % plane);
    }

    internal override void Unroll(int first, int last, int column, int columns, Span<float> rows)
    {
        int width = MatrixProduct.Width;
        Span<int> origin = stackalloc int[width], top = stackalloc int[width], left = stackalloc int[width];
        for (var j = 0; j < columns; j++)
        {
            int position = column + j, n = position / (_y.H * _y.W), inPlane = position % (_y.H * _y.W);
            origin[j] = ((n * _x.C) + (group * _w.C)) * _x.H * _x.W;
            top[j] = (inPlane / _y.W * _c.StrideY) - _c.PadY;
            left[j] = (inPlane % _y.W * _c.StrideX) - _c.PadX;
        }

        rows[..((last - first) * width)].Clear();
        int tap = first % (_w.H * _w.W), channel = first / (_w.H * _w.W), r = tap / _w.W, s = tap % _w.W;
        for (int k = first, at = 0; k < last; k++, at += width)
        {
            int plane = channel * _x.H * _x.W, down = r * _c.DilationY, right = s * _c.DilationX;
            for (var j = 0; j < columns; j++)
            {
                int h = top[j] + down, w = left[j] + right;
                if ((uint)h < (uint)_x.H && (uint)w < (uint)_x.W) rows[at + j] = x[origin[j] + plane + (h * _x.W) + w];
            }

            if (++s < _w.W) continue;
            s = 0;
            if (++r < _w.H) continue;
            r = 0;
            channel++;
        }
    }
}

/// <summary>Columns: input channel and tap. Rows: the positions of the output. The result is the filters' gradient.</summary>
internal sealed class FilterPatches(ConvolutionProblem problem, float[] x, int group) : Patches
{
    private readonly ConvolutionShape _c = problem.Convolution;
    private readonly TensorShape _x = problem.X, _w = problem.W, _y = problem.Y;

    internal override int Products => _y.N * _y.H * _y.W;

    internal override int Columns => _w.C * _w.H * _w.W;

    internal override int ResultStride => Columns;

    internal override long ResultIndex(int column)
    {
        int taps = _w.H * _w.W;
        return ((long)group * problem.GroupOutputs * Columns) + (column / taps * taps) + ConvolutionSums.Tap(problem, column % taps);
    }

    internal override void Unroll(int first, int last, int column, int columns, Span<float> rows)
    {
        int width = MatrixProduct.Width;
        Span<int> plane = stackalloc int[width], down = stackalloc int[width], right = stackalloc int[width];
        for (var j = 0; j < columns; j++)
        {
            int tap = (column + j) % (_w.H * _w.W);
            plane[j] = ((group * _w.C) + ((column + j) / (_w.H * _w.W))) * _x.H * _x.W;
            down[j] = (tap / _w.W * _c.DilationY) - _c.PadY;
            right[j] = (tap % _w.W * _c.DilationX) - _c.PadX;
        }

        rows[..((last - first) * width)].Clear();
        int n = first / (_y.H * _y.W), oy = first % (_y.H * _y.W) / _y.W, ox = first % _y.W;
        for (int k = first, at = 0; k < last; k++, at += width)
        {
            int origin = n * _x.C * _x.H * _x.W, top = oy * _c.StrideY, left = ox * _c.StrideX;
            for (var j = 0; j < columns; j++)
            {
                int h = top + down[j], w = left + right[j];
                if ((uint)h < (uint)_x.H && (uint)w < (uint)_x.W) rows[at + j] = x[origin + plane[j] + (h * _x.W) + w];
            }

            if (++ox < _y.W) continue;
            ox = 0;
            if (++oy < _y.H) continue;
            oy = 0;
            n++;
        }
    }
}

/// <summary>
/// Columns: those positions of the input that the same taps reach (with a stride of 2, a quarter of them). Rows: output channel
/// and tap. The result is the input's gradient.
/// </summary>
internal sealed class OutputPatches : Patches
{
    private readonly ConvolutionProblem _problem;
    private readonly float[] _dy;
    private readonly int _group;
    private readonly int[] _h, _w, _firstY, _firstX, _backY, _backX;

    /// <param name="problem">The convolution.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="group">The group.</param>
    /// <param name="restY">Which rows: those whose place in the padded input leaves this when divided by the stride.</param>
    /// <param name="restX">Which columns, likewise.</param>
    internal OutputPatches(ConvolutionProblem problem, float[] dy, int group, int restY, int restX)
    {
        (_problem, _dy, _group) = (problem, dy, group);
        ConvolutionShape c = problem.Convolution;
        (_h, _firstY) = Positions(problem.X.H, c.PadY, c.StrideY, restY);
        (_w, _firstX) = Positions(problem.X.W, c.PadX, c.StrideX, restX);
        (TapsY, _backY) = Taps(problem.W.H, c.DilationY, c.StrideY, restY);
        (TapsX, _backX) = Taps(problem.W.W, c.DilationX, c.StrideX, restX);
    }

    /// <summary>The rows of the filter that reach these positions.</summary>
    internal int[] TapsY { get; }

    /// <summary>The columns of the filter that do.</summary>
    internal int[] TapsX { get; }

    internal override int Products => _problem.GroupOutputs * TapsY.Length * TapsX.Length;

    internal override int Columns => _problem.X.N * _h.Length * _w.Length;

    internal override int ResultStride => _problem.X.H * _problem.X.W;

    internal override long ResultIndex(int column)
    {
        int n = column / (_h.Length * _w.Length), h = _h[column / _w.Length % _h.Length], w = _w[column % _w.Length];
        TensorShape x = _problem.X;
        return ((((long)n * x.C) + (_group * _problem.GroupInputs)) * x.H * x.W) + ((long)h * x.W) + w;
    }

    internal override void Unroll(int first, int last, int column, int columns, Span<float> rows)
    {
        int width = MatrixProduct.Width;
        TensorShape y = _problem.Y;
        Span<int> origin = stackalloc int[width], top = stackalloc int[width], left = stackalloc int[width];
        for (var j = 0; j < columns; j++)
        {
            int position = column + j;
            origin[j] = ((position / (_h.Length * _w.Length) * y.C) + (_group * _problem.GroupOutputs)) * y.H * y.W;
            top[j] = _firstY[position / _w.Length % _h.Length];
            left[j] = _firstX[position % _w.Length];
        }

        rows[..((last - first) * width)].Clear();
        int taps = TapsY.Length * TapsX.Length;
        int channel = first / taps, r = first % taps / TapsX.Length, s = first % TapsX.Length;
        for (int k = first, at = 0; k < last; k++, at += width)
        {
            int plane = channel * y.H * y.W, up = _backY[r], back = _backX[s];
            for (var j = 0; j < columns; j++)
            {
                int h = top[j] - up, w = left[j] - back;
                if ((uint)h < (uint)y.H && (uint)w < (uint)y.W) rows[at + j] = _dy[origin[j] + plane + (h * y.W) + w];
            }

            if (++s < TapsX.Length) continue;
            s = 0;
            if (++r < TapsY.Length) continue;
            r = 0;
            channel++;
        }
    }

    private static (int[] Positions, int[] First) Positions(int size, int pad, int stride, int rest)
    {
        int[] positions = [.. Enumerable.Range(0, size).Where(i => (i + pad) % stride == rest)];
        return (positions, Array.ConvertAll(positions, i => (i + pad - rest) / stride));
    }

    // How many outputs a tap lies before the last one that reaches a position; less than 0 for a dilated tap below the rest.
    private static (int[] Taps, int[] Back) Taps(int size, int dilation, int stride, int rest)
    {
        int[] taps = [.. Enumerable.Range(0, size).Where(t => t * dilation % stride == rest)];
        return (taps, Array.ConvertAll(taps, t => ((t * dilation) - rest) / stride));
    }
}
