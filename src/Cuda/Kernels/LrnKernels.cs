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
public readonly record struct LrnParameters(int Radius, float K, float Alpha, float Beta)
{
    // What the kernels for one radius take: their powers hold from the least normal number on.
    internal bool HasKernel => Radius is 2 or 4 or 5 && Beta == 0.75f && K >= 1.17549435e-38f && Alpha >= 0;
}

/// <summary>
/// Launches of kernels/lrn.cu and kernels/lrn_nhwc.cu: local response normalisation across channels. float32 is NCHW and takes
/// any radius. 16-bit storage takes any that is below the channels and below 6,144 forward, 2,048 backward, or else as many channels
/// (in NHWC 12,288 and 4,096 channels); radii 2, 4 and 5 with beta 0.75, and alpha not negative, any number of channels.
/// </summary>
public static class LrnKernels
{
    /// <summary>y from x; both of <paramref name="shape"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="shape">Images, channels, and positions of a channel.</param>
    /// <param name="lrn">The normalisation.</param>
    /// <param name="storage">How the elements of both lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">A size is out of range, or there is no kernel for the storage and layout.</exception>
    public static KernelLaunch Forward(
        ulong x, ulong y, ImageShape shape, LrnParameters lrn, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        KernelArgument[] pointers = [KernelArgument.Pointer(x), KernelArgument.Pointer(y)];
        return Launch("lrn_forward", pointers, shape, lrn, storage, layout, windows: 1, halo: 1);
    }

    /// <summary>dx from x (the forward's input) and g (the gradient of its output); all of <paramref name="shape"/>.</summary>
    /// <param name="x">The forward's input.</param>
    /// <param name="g">The gradient of its output.</param>
    /// <param name="dx">The gradient of its input; another buffer than x and g.</param>
    /// <param name="shape">The forward's.</param>
    /// <param name="lrn">The forward's.</param>
    /// <param name="storage">How the elements of all three lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">A size is out of range, or there is no kernel for the storage and layout.</exception>
    public static KernelLaunch Backward(
        ulong x, ulong g, ulong dx, ImageShape shape, LrnParameters lrn, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        KernelArgument[] pointers = [KernelArgument.Pointer(x), KernelArgument.Pointer(g), KernelArgument.Pointer(dx)];
        return Launch("lrn_backward", pointers, shape, lrn, storage, layout, windows: 3, halo: 2);
    }

    private static KernelLaunch Launch(
        string operation, KernelArgument[] pointers, ImageShape shape, LrnParameters lrn, Storage storage, Layout layout, int windows, int halo)
    {
        var ending = storage.Suffix(layout);
        LaunchShape.Positive(shape.Images, nameof(shape));
        LaunchShape.Positive(shape.Channels, nameof(shape));
        LaunchShape.Fit((long)shape.Channels * shape.Plane, nameof(shape));
        if (lrn.Radius < 0 || !(lrn.Beta >= 0 && lrn.Beta <= 8))
        {
            throw new ArgumentOutOfRangeException(nameof(lrn), lrn, "the radius is 0 or more, beta 0 to 8");
        }

        var plan = layout == Layout.Nchw ? Plan.Nchw(shape, lrn, storage, windows) : Plan.Nhwc(shape, lrn, windows, halo);
        return new KernelLaunch(
            layout == Layout.Nchw ? "lrn" : "lrn_nhwc",
            $"{operation}_{plan.Kernel}{ending}",
            plan.Grid,
            plan.Block,
            plan.SharedBytes,
            [.. pointers, .. plan.Arguments],
            storage.Bytes() * (pointers.Length - 1) * shape.Count,
            storage.Bytes() * shape.Count);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Constants(float K, float Alpha, float Beta);

    /// <summary>Which kernel, and how a shape is cut into its blocks. Arguments: those after the pointers.</summary>
    private readonly record struct Plan(string Kernel, Extent Grid, Extent Block, int SharedBytes, IReadOnlyList<KernelArgument> Arguments)
    {
        internal static Plan Nchw(ImageShape shape, LrnParameters lrn, Storage storage, int windows)
        {
            var positions = LaunchShape.Fit((long)shape.Images * shape.Plane, nameof(shape));
            var radius = Radius(shape, lrn);
            var special = lrn.HasKernel;
            var (kernel, threads, sharedBytes) = (special ? $"{lrn.Radius}" : "any", windows == 1 ? 256 : 128, 0);
            if (!special)
            {
                var perThread = windows * ((2L * radius) + 1) * sizeof(float);
                var fit = LaunchShape.LargestShared / perThread;
                if (fit < 32 && storage == Storage.Float32)
                {
                    return Wide(shape, lrn, positions, radius);
                }

                if (fit == 0)
                {
                    throw new ArgumentOutOfRangeException(nameof(lrn), lrn, $"a radius of {radius} in {storage} needs {perThread} bytes of shared memory a position");
                }

                // Less than a warp: a power of two, so that whole sectors are read.
                threads = fit >= 32 ? (int)Math.Min(fit / 32 * 32, 128) : 1 << (31 - int.LeadingZeroCount((int)fit));
                sharedBytes = (int)perThread * threads;
            }

            var blocks = (int)LaunchShape.CeilingDivide(positions, threads);

            // Chunks of channels only where positions alone leave multiprocessors idle, and none shorter than two windows. In 16 bits rather one too few: what
            // chunks read twice lies in half sectors, and weighs more.
            var wanted = storage == Storage.Float32
                ? LaunchShape.CeilingDivide(LaunchShape.BlocksWanted * 256, (long)blocks * threads)
                : Math.Max(1, LaunchShape.BlocksWanted * 256L / ((long)blocks * threads));
            var most = Math.Max(1, shape.Channels / (2 * ((2L * radius) + 1)));
            var chunk = (int)LaunchShape.CeilingDivide(shape.Channels, Math.Min(Math.Min(wanted, most), LaunchShape.LargestY));
            chunk = special ? (int)LaunchShape.CeilingDivide(chunk, 8) * 8 : chunk;
            return new Plan(
                kernel,
                new Extent(blocks, (int)LaunchShape.CeilingDivide(shape.Channels, chunk)),
                new Extent(threads),
                sharedBytes,
                Columns(shape, lrn, positions, chunk, special ? null : radius));
        }

        internal static Plan Nhwc(ImageShape shape, LrnParameters lrn, int windows, int halo)
        {
            var positions = LaunchShape.Fit((long)shape.Images * shape.Plane, nameof(shape));
            var constants = KernelArgument.Structure(new Constants(lrn.K, lrn.Alpha, lrn.Beta));
            if (lrn.HasKernel)
            {
                var lanes = new Lanes(shape.Channels, halo);
                var warps = LaunchShape.Fit(LaunchShape.CeilingDivide(positions, lanes.Per) * lanes.Segments, nameof(shape));
                return new Plan(
                    $"{lrn.Radius}",
                    new Extent((int)LaunchShape.CeilingDivide(warps, 8)),
                    new Extent(256),
                    0,
                    [KernelArgument.Value(positions), KernelArgument.Structure(lanes), KernelArgument.Structure(new Divisor(lanes.Segments)), constants]);
            }

            var bytes = windows * (long)shape.Channels * sizeof(float);
            if (bytes > LaunchShape.LargestShared)
            {
                throw new ArgumentOutOfRangeException(nameof(shape), shape, $"the channels of a position need {bytes} bytes of shared memory");
            }

            // A block's worth of work, of several positions where the channels are few.
            var per = (int)Math.Clamp(2048 / shape.Channels, 1, LaunchShape.LargestShared / bytes);
            return new Plan(
                "any",
                new Extent((int)LaunchShape.CeilingDivide(positions, per)),
                new Extent(256),
                (int)bytes * per,
                [
                    KernelArgument.Value(positions), KernelArgument.Structure(new Divisor(shape.Channels)), KernelArgument.Value(per), constants,
                    KernelArgument.Value(Radius(shape, lrn)),
                ]);
        }

        // A window wider than the channels sees all of them from every channel: a smaller radius sees the same.
        private static int Radius(ImageShape shape, LrnParameters lrn) => Math.Min(lrn.Radius, shape.Channels - 1);

        // Sums of squares of blocks of channels lie in shared memory; the blocks are as short as it allows.
        private static Plan Wide(ImageShape shape, LrnParameters lrn, int positions, int radius)
        {
            var threads = positions >= LaunchShape.BlocksWanted * 128 ? 128 : 32;
            var log = 5;
            while (LaunchShape.CeilingDivide(shape.Channels, 1 << log) * threads * sizeof(float) > LaunchShape.LargestShared)
            {
                log++;
            }

            return new Plan(
                "wide",
                new Extent((int)LaunchShape.CeilingDivide(positions, threads)),
                new Extent(threads),
                (int)LaunchShape.CeilingDivide(shape.Channels, 1 << log) * threads * sizeof(float),
                Columns(shape, lrn, positions, log, radius));
        }

        private static List<KernelArgument> Columns(ImageShape shape, LrnParameters lrn, int positions, int chunk, int? radius)
        {
            List<KernelArgument> arguments =
            [
                KernelArgument.Value(positions),
                KernelArgument.Value(shape.Channels),
                KernelArgument.Structure(new Divisor(shape.Plane)),
                KernelArgument.Value(chunk),
                KernelArgument.Structure(new Constants(lrn.K, lrn.Alpha, lrn.Beta)),
            ];
            if (radius is { } any)
            {
                arguments.Add(KernelArgument.Value(any));
            }

            return arguments;
        }
    }
}
