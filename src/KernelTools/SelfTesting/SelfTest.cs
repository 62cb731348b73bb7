using System.Diagnostics;
using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>
/// Checks everything the CUDA device does on a GPU, piece by piece, against computations that are not the GPU's: what to run first on a GPU that is new. A
/// check that fails does not end the others.
/// </summary>
public sealed class SelfTest
{
    private const int LeastMajorOfNhwc = 7;

    private readonly CudaLibraries _libraries;
    private readonly SelfTestOptions _options;
    private readonly IProgress<string>? _progress;

    private SelfTest(CudaLibraries libraries, SelfTestOptions options, IProgress<string>? progress) =>
        (_libraries, _options, _progress) = (libraries, options, progress);

    /// <summary>Runs the checks.</summary>
    /// <param name="libraries">The driver, cuBLAS and cuDNN.</param>
    /// <param name="options">What is checked.</param>
    /// <param name="progress">Receives the name of the check that runs.</param>
    /// <param name="cancellation">Ends the run between two checks.</param>
    /// <exception cref="CudaException">There is no such GPU.</exception>
    /// <exception cref="NotSupportedException">The GPU is too old for the kernels.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SelfTestReport Run(
        CudaLibraries libraries, SelfTestOptions options, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(libraries);
        ArgumentNullException.ThrowIfNull(options);

        // Choices of algorithms that an earlier run has cached would hide what this GPU does now.
        DirectoryInfo cache = Directory.CreateTempSubdirectory("alexnet-selftest-");
        try
        {
            return new SelfTest(libraries, options, progress).Run(cache.FullName, cancellation);
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    private SelfTestReport Run(string cache, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        Gpu gpu = ReadGpu();
        gpu.Require(Precision.Float32);
        Precision[] precisions = [.. Enum.GetValues<Precision>().Where(p => gpu.Major >= 8 || p is Precision.Float32 or Precision.Float16)];
        List<string> notes = [];
        if (precisions.Length < 4) notes.Add($"TF32 and bfloat16 need compute capability 8.0: {gpu.Name} has {gpu.Major}.{gpu.Minor}.");
        if (gpu.Major < LeastMajorOfNhwc) notes.Add($"16 bits are in NCHW alone: NHWC is for tensor cores, from compute capability {LeastMajorOfNhwc}.0.");
        if (_libraries.BlasLt is null) notes.Add("There is no cublasLt: fully connected layers go by cuBLAS and a kernel of our own.");
        var groups = new List<GroupResult>();
        foreach (CheckGroup group in Groups(gpu, precisions, cache))
        {
            Check[] checks = [.. group.Checks.Where(check => Selects(group.Name, check.Name))];
            if (checks.Length > 0) groups.Add(Run(group, checks, cancellation));
        }

        return new SelfTestReport(
            $"{gpu.Name} (cuda:{_options.Ordinal}, sm_{gpu.Architecture})",
            [.. precisions.Select(p => p.ToString())],
            groups,
            notes,
            Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private bool Selects(string group, string check) => _options.Filter is not { } filter || $"{group} {check}".Contains(filter, StringComparison.OrdinalIgnoreCase);

    private IEnumerable<CheckGroup> Groups(Gpu gpu, Precision[] precisions, string cache)
    {
        var options = new CudaDeviceOptions { Ordinal = _options.Ordinal, CacheDirectory = cache, ConvolutionWorkspaceBytes = 8 << 20, Trials = 1 };
        yield return new KernelChecks(_libraries, options, "kernels");
        if (_options.Nvrtc is { } nvrtc && nvrtc.Architectures.Contains(gpu.Architecture))
            yield return new KernelChecks(_libraries, options with { Nvrtc = nvrtc }, $"kernels by NVRTC {nvrtc.Version}");
        foreach (Precision precision in precisions) yield return new ProductChecks(_libraries, options with { Precision = precision });
        CudaDeviceOptions[] formats = [.. precisions.SelectMany(precision => Formats(gpu, options with { Precision = precision }))];
        foreach (CudaDeviceOptions format in formats) yield return new ConvolutionChecks(_libraries, format);
        var cases = new NetworkCases();
        foreach (CudaDeviceOptions format in formats) yield return new OperatorChecks(_libraries, format, cases);
        yield return new NetworkChecks(_libraries, formats, cases);
        yield return new TrainingChecks(_libraries, formats);
    }

    private static IEnumerable<CudaDeviceOptions> Formats(Gpu gpu, CudaDeviceOptions options)
    {
        if (options.Precision is Precision.Float32 or Precision.Tf32) return [options];
        CudaDeviceOptions nchw = options with { Layout = Layout.Nchw };
        return gpu.Major < LeastMajorOfNhwc ? [nchw] : [nchw, options with { Layout = Layout.Nhwc }];
    }

    private GroupResult Run(CheckGroup group, Check[] checks, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        var results = new List<CheckResult>();
        string? lost = null;
        bool open = false;
        try
        {
            foreach (Check check in checks)
            {
                cancellation.ThrowIfCancellationRequested();
                _progress?.Report($"{group.Name}: {check.Name}");
                if (lost is not null)
                {
                    results.Add(new CheckResult(group.Name, check.Name, check.Against, CheckOutcome.NotRun, null, null, lost));
                    continue;
                }

                try
                {
                    if (!open) group.Open();
                    open = true;
                    bool failed = false;
                    foreach (Finding finding in check.Run())
                    {
                        results.Add(Judge(group.Name, check, finding));
                        failed |= finding.Outcome == CheckOutcome.Failed;
                    }

                    if (failed) lost = WhyLost();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // A fault of the program itself is a finding as well: the report is what its author wants to see.
                    results.Add(Judge(group.Name, check, Finding.Failed(Message(e))));
                    lost = open ? WhyLost() : "what the group runs on did not open";
                }
            }
        }
        finally
        {
            Close(group, lost is not null);
        }

        return new GroupResult(group.Name, results, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static CheckResult Judge(string group, Check check, Finding finding)
    {
        CheckOutcome outcome = finding.Outcome ?? (finding.Error <= finding.Allowed ? CheckOutcome.Passed : CheckOutcome.Failed);
        bool measured = finding.Outcome is null;
        return new CheckResult(group, check.Name, check.Against, outcome, measured ? finding.Error : null, measured ? finding.Allowed : null, finding.Detail);
    }

    private static string Message(Exception e) =>
        e is CudaException or CudaOperationException or NotSupportedException or DeviceOutOfMemoryException ? e.Message : $"{e.GetType().Name}: {e.Message}";

    /// <summary>Why nothing more can run in the group; null where it can.</summary>
    private string? WhyLost()
    {
        try
        {
            using CudaContext context = CudaContext.Open(_libraries.Driver, _options.Ordinal);
            context.Synchronize();
            return null;
        }
        catch (CudaException e)
        {
            return $"the context was lost: {e.Message}";
        }
    }

    private void Close(CheckGroup group, bool lost)
    {
        try
        {
            group.Dispose();
        }
        catch (Exception e) when (lost && e is CudaException or CudaOperationException or AggregateException)
        {
            // What cannot be given back goes with the context.
        }

        if (lost && Device() is { } device) _ = _libraries.Driver.DevicePrimaryCtxReset(device);
    }

    private unsafe int? Device()
    {
        int device;
        return _libraries.Driver.DeviceGet(&device, _options.Ordinal) == Interop.Driver.CUresult.Success ? device : null;
    }

    private Gpu ReadGpu()
    {
        using CudaContext context = CudaContext.Open(_libraries.Driver, _options.Ordinal);
        return Gpu.Read(_libraries.Driver, context.Device);
    }
}
