using System.Runtime.InteropServices;
using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>
/// Every kernel on the device and on the PTX machine, on the same numbers: every word of every buffer. The kernels use no approximate instructions, so the bits
/// should be the same; compilers may contract a product and a sum, and so a rounding's difference passes.
/// </summary>
internal sealed class KernelChecks : CheckGroup
{
    // A few roundings of float32, of numbers about 1.
    private const double Allowed = 1e-5;

    // Below this, words are counts, labels and places of maxima rather than numbers: these have to be equal.
    private const double LeastNumber = 1e-12;

    private readonly CudaLibraries _libraries;
    private readonly CudaDeviceOptions _options;
    private readonly uint[][] _data = [.. Enumerable.Range(0, Catalogue.Buffers).Select(Words), State()];
    private readonly List<DeviceAllocation> _memory = [];
    private ulong[] _simulated = [];
    private CudaSession? _session;
    private KernelRunner? _machine;

    internal KernelChecks(CudaLibraries libraries, CudaDeviceOptions options, string name)
    {
        (_libraries, _options, Name) = (libraries, options, name);
        Checks = [.. Catalogue.Launches().GroupBy(launch => (launch.Module, launch.Kernel))
            .Select(kernel => new Check($"{kernel.Key.Module}/{kernel.Key.Kernel}", "PTX machine", () => [Run([.. kernel])]))];
    }

    internal override string Name { get; }

    internal override IReadOnlyList<Check> Checks { get; }

    internal override void Open()
    {
        _session = new CudaSession(_libraries, _options);
        _machine = new KernelRunner(new MachineOptions());
        foreach (uint[] data in _data) _memory.Add(_session.Allocate(data.Length * sizeof(uint), "checking kernels"));
        _simulated = [.. _data.Select(data => _machine.Machine.Memory.Allocate<uint>(data))];
    }

    public override void Dispose()
    {
        _machine?.Dispose();
        foreach (DeviceAllocation memory in _memory) memory.Dispose();
        _session?.Dispose();
    }

    private Finding Run(KernelLaunch[] launches)
    {
        double worst = 0;
        long different = 0;
        foreach (KernelLaunch launch in launches)
        {
            DeviceMemory machine = _machine!.Machine.Memory;
            for (int i = 0; i < _data.Length; i++)
            {
                _session!.Upload(_memory[i].Address, MemoryMarshal.AsBytes<uint>(_data[i]));
                machine.Write<uint>(_simulated[i], _data[i]);
            }

            _machine.Run(Catalogue.Bind(launch, _simulated));
            using (_session!.Enter())
            {
                using var list = new LaunchList(_session, [Catalogue.Bind(launch, [.. _memory.Select(memory => memory.Address)])]);
                list.Start();
                _session.Synchronize($"waiting for {launch.Module}/{launch.Kernel}");
            }

            Storage storage = StorageOf(launch.Kernel);
            for (int i = 0; i < _data.Length; i++)
            {
                uint[] expected = machine.Read<uint>(_simulated[i], _data[i].Length), actual = new uint[expected.Length];
                _session.Download(MemoryMarshal.AsBytes(actual.AsSpan()), _memory[i].Address);
                if (expected.AsSpan().SequenceEqual(actual)) continue;
                for (int k = 0; k < expected.Length; k++)
                {
                    if (expected[k] == actual[k]) continue;
                    different++;
                    worst = Math.Max(worst, Error(expected[k], actual[k], storage));
                }
            }
        }

        string count = launches.Length == 1 ? "1 launch" : FormattableString.Invariant($"{launches.Length} launches");
        return new Finding(worst, Allowed, different == 0 ? $"{count}, the same bits" : FormattableString.Invariant($"{count}, {different} words differ"));
    }

    /// <summary>The difference of two words as numbers of float32, or as two numbers of the kernel's storage: a word does not say which it is.</summary>
    private static double Error(uint expected, uint actual, Storage storage)
    {
        double error = Error(Number(expected, Storage.Float32), Number(actual, Storage.Float32), 0);
        if (storage == Storage.Float32) return error;

        // One unit of the last place may be a whole rounding apart: that counts as nothing.
        double unit = storage == Storage.Float16 ? 1.0 / 1024 : 1.0 / 128;
        double low = Error(Number(expected & 0xffff, storage), Number(actual & 0xffff, storage), unit);
        double high = Error(Number(expected >> 16, storage), Number(actual >> 16, storage), unit);
        return Math.Min(error, Math.Max(low, high));
    }

    private static double Error(double expected, double actual, double unit)
    {
        if (expected.Equals(actual) || expected == actual) return 0;
        double size = Math.Max(Math.Abs(expected), Math.Abs(actual)), difference = Math.Abs(expected - actual);
        if (!double.IsFinite(difference)) return double.PositiveInfinity;
        double relative = Math.Max(0, difference - (unit * size));
        return size < LeastNumber ? relative / size : relative / Math.Max(1, size);
    }

    private static double Number(uint bits, Storage storage) => storage switch
    {
        Storage.Float32 => BitConverter.UInt32BitsToSingle(bits),
        Storage.Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        _ => BitConverter.UInt32BitsToSingle(bits << 16),
    };

    private static Storage StorageOf(string kernel) =>
        kernel.Contains("_bf16", StringComparison.Ordinal) ? Storage.BFloat16 : kernel.Contains("_f16", StringComparison.Ordinal) ? Storage.Float16 : Storage.Float32;

    /// <summary>Words that are ordinary numbers whichever way they are read: as float32, and as two numbers of half or bfloat16.</summary>
    private static uint[] Words(int seed)
    {
        var random = new Random(200 + seed);
        var words = new uint[Catalogue.Words];
        for (int i = 0; i < words.Length; i++) words[i] = (Half() << 16) | Half();
        return words;

        // 0.25 ... 1 as bfloat16, 1.6 ... 1.9 as half, of either sign.
        uint Half() => (uint)(random.Next(2) << 15 | random.Next(0x3e80, 0x3f80));
    }

    private static uint[] State()
    {
        StepState state = new(3, 0.1f, 2, 0);
        return MemoryMarshal.Cast<StepState, uint>(new ReadOnlySpan<StepState>(in state)).ToArray();
    }
}
