using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>A batch of NCHW images: rows and columns only count as positions.</summary>
/// <param name="Images">Images of the batch.</param>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Plane">Elements of a channel: height times width.</param>
public readonly record struct ImageShape(int Images, int Channels, int Plane)
{
    /// <summary>Elements of the batch.</summary>
    public long Count => (long)Images * Channels * Plane;
}

/// <summary>LRN's numbers: y = x / (k + alpha * sum of squares over channels c - radius ... c + radius)^beta.</summary>
/// <param name="Radius">Channels on either side, 0 or more.</param>
/// <param name="K">The constant, positive.</param>
/// <param name="Alpha">The factor of the squares; not divided by the window.</param>
/// <param name="Beta">The exponent, 0 to 8.</param>
public readonly record struct LrnParameters(int Radius, float K, float Alpha, float Beta);

/// <summary>Launches of kernels/lrn.cu: local response normalisation across channels, NCHW, float32.</summary>
public static class LrnKernels
{
    /// <summary>The largest radius of the unspecialised backward kernel (its windows lie in shared memory), unless the channels are fewer.</summary>
    public const int LargestRadius = 63;

    private const string Module = "lrn";

    /// <summary>y from x; both of <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the radius is out of range.</exception>
    public static KernelLaunch Forward(ulong x, ulong y, ImageShape shape, LrnParameters lrn)
    {
        var plan = new Plan(shape, lrn, windows: 1);
        return new KernelLaunch(
            Module,
            $"lrn_forward_{plan.Suffix}",
            plan.Grid,
            plan.Block,
            plan.SharedBytes,
            plan.Arguments([KernelArgument.Pointer(x), KernelArgument.Pointer(y)]),
            4 * shape.Count,
            4 * shape.Count);
    }

    /// <summary>dx from x (the forward's input) and g (the gradient of its output); all of <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the radius is out of range.</exception>
    public static KernelLaunch Backward(ulong x, ulong g, ulong dx, ImageShape shape, LrnParameters lrn)
    {
        var plan = new Plan(shape, lrn, windows: 3);
        return new KernelLaunch(
            Module,
            $"lrn_backward_{plan.Suffix}",
            plan.Grid,
            plan.Block,
            plan.SharedBytes,
            plan.Arguments([KernelArgument.Pointer(x), KernelArgument.Pointer(g), KernelArgument.Pointer(dx)]),
            8 * shape.Count,
            4 * shape.Count);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Constants(float K, float Alpha, float Beta);

    /// <summary>How a shape is cut into blocks and chunks of channels.</summary>
    private readonly struct Plan
    {
        private readonly ImageShape _shape;
        private readonly LrnParameters _lrn;
        private readonly int _positions;
        private readonly int _chunk;
        private readonly int _radius;
        private readonly bool _special;

        internal Plan(ImageShape shape, LrnParameters lrn, int windows)
        {
            LaunchShape.Positive(shape.Images, nameof(shape));
            LaunchShape.Positive(shape.Channels, nameof(shape));
            LaunchShape.Fit((long)shape.Channels * shape.Plane, nameof(shape));
            if (lrn.Radius < 0 || !(lrn.Beta >= 0 && lrn.Beta <= 8))
            {
                throw new ArgumentOutOfRangeException(nameof(lrn), lrn, "the radius is 0 or more, beta 0 to 8");
            }

            _shape = shape;
            _lrn = lrn;
            _positions = LaunchShape.Fit((long)shape.Images * shape.Plane, nameof(shape));

            // A window wider than the channels sees all of them from every channel: a smaller radius sees the same.
            _radius = Math.Min(lrn.Radius, shape.Channels - 1);
            _special = lrn.Beta == 0.75f && lrn.Radius is 2 or 4 or 5;
            var threads = 256;
            if (!_special)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThan(_radius, LargestRadius, nameof(lrn));
                var perThread = windows * ((2 * _radius) + 1) * sizeof(float);
                threads = Math.Clamp(LaunchShape.LargestShared / perThread / 32 * 32, 32, 128);
                SharedBytes = perThread * threads;
            }

            Suffix = _special ? $"{lrn.Radius}" : "any";
            Block = new Extent(threads);
            var blocks = (int)LaunchShape.CeilingDivide(_positions, threads);

            // Chunks of channels only where positions alone leave multiprocessors idle, and none shorter than two windows.
            var wanted = (int)LaunchShape.CeilingDivide(LaunchShape.BlocksWanted * 256, (long)blocks * threads);
            var most = Math.Max(1, shape.Channels / (2 * ((2 * lrn.Radius) + 1)));
            var chunks = Math.Min(Math.Min(wanted, most), LaunchShape.LargestY);
            _chunk = (int)LaunchShape.CeilingDivide(shape.Channels, chunks);
            Grid = new Extent(blocks, (int)LaunchShape.CeilingDivide(shape.Channels, _chunk));
        }

        internal Extent Grid { get; }

        internal Extent Block { get; }

        internal int SharedBytes { get; }

        internal string Suffix { get; }

        internal List<KernelArgument> Arguments(KernelArgument[] pointers)
        {
            List<KernelArgument> arguments =
            [
                .. pointers,
                KernelArgument.Value(_positions),
                KernelArgument.Value(_shape.Channels),
                KernelArgument.Structure(new Divisor(_shape.Plane)),
                KernelArgument.Value(_chunk),
                KernelArgument.Structure(new Constants(_lrn.K, _lrn.Alpha, _lrn.Beta)),
            ];
            if (!_special)
            {
                arguments.Add(KernelArgument.Value(_radius));
            }

            return arguments;
        }
    }
}
