using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The CPU device: managed code alone, in registers of 512, 256 or 128 bits as the processor has them, on a team of threads. Activations lie in blocks of 16 channels.
/// Results do not depend on the number of threads.
/// </summary>
public sealed class CpuDevice : IDevice
{
    private readonly OperatorFactory _factory;
    private readonly ThreadTeam _team;
    private readonly CpuDeviceOptions _options;

    /// <summary>Starts the device's threads.</summary>
    /// <param name="options">The number of threads and the choice of algorithms; null is one thread a processor and the fastest algorithms.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not 0 to <see cref="CpuDeviceOptions.MostThreads"/>.</exception>
    public CpuDevice(CpuDeviceOptions? options = null)
        : this(options, BestRegisters())
    {
    }

    /// <summary>A device with given registers, which need not be the processor's: what it has not is done in pieces, slowly.</summary>
    internal CpuDevice(CpuDeviceOptions? options, Registers registers)
    {
        int threads = options?.Threads ?? 0;
        if (threads is < 0 or > CpuDeviceOptions.MostThreads)
            throw new ArgumentOutOfRangeException(nameof(options), threads, $"The number of threads is 1 to {CpuDeviceOptions.MostThreads}, or 0 for one a processor.");
        if (threads == 0) threads = Environment.ProcessorCount;
        _options = (options ?? new CpuDeviceOptions()) with { Threads = threads };
        (_factory, string name) = registers switch
        {
            Registers.Bits512 => ((OperatorFactory)new OperatorFactory<Vec512>(), "AVX-512"),
            Registers.Bits256 => (new OperatorFactory<Vec256>(), "AVX2"),
            _ => (new OperatorFactory<Vec128>(), "128-bit SIMD"),
        };
        _team = new ThreadTeam(threads);
        Info = new DeviceInfo(
            "cpu", $"CPU, {name}, {threads} thread{(threads == 1 ? "" : "s")}, {RuntimeInformation.FrameworkDescription}", ElementType.Float32, threads, NativeBlock.Alignment);
    }

    /// <inheritdoc/>
    public DeviceInfo Info { get; }

    /// <inheritdoc/>
    public IOperator? TryCreate(Region region)
    {
        ArgumentNullException.ThrowIfNull(region);
        return _factory.TryCreate(region, _options);
    }

    /// <inheritdoc/>
    public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => (source, destination) switch
    {
        (PlainFormat { Element: ElementType.Float32 } or ImageFormat, ImageFormat) or (ImageFormat, PlainFormat { Element: ElementType.Float32 }) =>
            new ConvertImages(source, destination),
        (ConvolutionPanels panels, WinogradPanels transformed) => new TransformWeights(panels, transformed),
        (PanelFormat panels, ConvolutionGradientPanels transposed) => new TransposePanels(panels, transposed),
        _ => throw new NotSupportedException($"The CPU device does not convert {source} to {destination}."),
    };

    /// <inheritdoc/>
    public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return _factory.CreateUpdate((CpuFormat)format, rule);
    }

    /// <inheritdoc/>
    public IOperator CreateNorm(TensorFormat format) => _factory.CreateNorm((CpuFormat)format);

    /// <inheritdoc/>
    public IDeviceMemory Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new CpuMemory(bytes);
    }

    /// <inheritdoc/>
    public IProgram Link(IReadOnlyList<Step> steps, bool timed)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return new CpuProgram(_team, steps, timed);
    }

    /// <summary>Measures what the device's threads can do at most; takes about a second.</summary>
    public MachinePeak MeasurePeak() => _factory.MeasurePeak(_team);

    /// <summary>Ends the device's threads. Executables of the device are disposed before.</summary>
    public void Dispose() => _team.Dispose();

    private static Registers BestRegisters() =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? Registers.Bits512 : Vector256.IsHardwareAccelerated && Fma.IsSupported ? Registers.Bits256 : Registers.Bits128;
}
