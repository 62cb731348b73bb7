using AlexNetCuda.Cuda;
using AlexNetCuda.Interop;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>What is allowed of a network.</summary>
internal static class NetworkBounds
{
    /// <summary>
    /// Compares with the reference device. Below float32's precision a share of the ReLUs and maxima near their kinks turns over, about as large as the level, and
    /// moves whole elements of the gradients: there norms are compared, and those of gradients may be off by eight times the root of the level.
    /// </summary>
    internal static Finding Judge(NetworkCase one, NetworkValues actual, Precision precision)
    {
        double level = Tensors.Level(precision);
        return one.IsKinked && precision != Precision.Float32
            ? one.Expected.Compare(actual, norm: true, name => IsGradient(name) ? OfKinkedGradients(precision) : 8 * level)
            : one.Expected.Compare(actual, norm: false, _ => 4 * level);
    }

    /// <summary>The largest error of the norm of gradients behind many ReLUs and maxima.</summary>
    internal static double OfKinkedGradients(Precision precision) => 8 * Math.Sqrt(Tensors.Level(precision));

    private static bool IsGradient(string name) => name.StartsWith("gradient", StringComparison.Ordinal);
}

/// <summary>Every operator of the CUDA device in one precision and layout, forward and backward, against the reference device.</summary>
internal sealed class OperatorChecks(CudaLibraries libraries, CudaDeviceOptions options, NetworkCases cases) : CheckGroup
{
    private CudaDevice? _device;

    internal override string Name => $"operators in {ConvolutionChecks.NameOf(options)}";

    internal override IReadOnlyList<Check> Checks =>
        [.. cases.Operators.Select(one => new Check(one.Name, "reference device", () => [NetworkBounds.Judge(one, one.Run(_device!, 1), options.Precision)]))];

    internal override void Open() => _device = new CudaDevice(libraries, options);

    public override void Dispose() => _device?.Dispose();
}

/// <summary>Small networks in every precision and layout, and with each thing of the CUDA device switched off, against the reference device.</summary>
internal sealed class NetworkChecks(CudaLibraries libraries, IReadOnlyList<CudaDeviceOptions> formats, NetworkCases cases) : CheckGroup
{
    // The first run is a list of calls, the second is captured, from then on a graph is launched.
    private const int Runs = 3;

    internal override string Name => "networks";

    internal override IReadOnlyList<Check> Checks =>
    [
        .. formats.SelectMany(format => Of(format, ConvolutionChecks.NameOf(format))),
        .. Of(formats[0] with { Graphs = false }, "Float32 without graphs"),
        .. Of(formats[0] with { Fuse = false }, "Float32 without fusion"),
        .. Of(formats[0] with { BlasLt = false }, "Float32 without cublasLt"),
        .. Of(formats[0] with { SyncChecks = true }, "Float32 with synchronous checks"),
        .. Of(formats[0] with { Deterministic = true }, "Float32 deterministic"),
        .. formats.Select(format => format with { Deterministic = true }).Select(
            format => new Check($"{cases.Networks[0].Name} {ConvolutionChecks.NameOf(format)} deterministic, twice", "itself", () => [Twice(cases.Networks[0], format)])),
    ];

    // Each check has a device of its own.
    internal override void Open()
    {
    }

    public override void Dispose()
    {
    }

    private IEnumerable<Check> Of(CudaDeviceOptions options, string name) => cases.Networks.Select(
        one => new Check($"{one.Name} {name}", "reference device", () => [NetworkBounds.Judge(one, Run(one, options), options.Precision)]));

    private NetworkValues Run(NetworkCase one, CudaDeviceOptions options)
    {
        using var device = new CudaDevice(libraries, options);
        return one.Run(device, options.Graphs ? Runs : 1);
    }

    private Finding Twice(NetworkCase one, CudaDeviceOptions options)
    {
        Finding finding = Run(one, options).Compare(Run(one, options), norm: false, _ => 0);
        return finding.Error == 0 ? finding with { Detail = "the same bits" } : finding;
    }
}
