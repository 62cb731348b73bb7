using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Reference;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class MemoryPlanTests
{
    [Fact]
    public void A_chain_takes_two_places_in_turn()
    {
        // a -> b -> c -> d, each needed until the next is made; rounded up to 64: 128, 128, 64, 192.
        Storage a = new("a", 100, 0, 1), b = new("b", 128, 1, 2), c = new("c", 1, 2, 3), d = new("d", 192, 3, 4);
        long size = MemoryPlan.Place([a, b, c, d], 64);
        // The largest first: d at 0. b, beside nobody placed, at 0. a beside b at 128. c beside b and d, after the larger of them.
        Assert.Equal((0, 0, 128, 192), (d.Offset, b.Offset, a.Offset, c.Offset));
        Assert.Equal(256, size);
    }

    [Fact]
    public void The_smallest_gap_that_is_large_enough_is_taken()
    {
        // At time 0: 512, 256, 128 and 64 lie one after the other; at time 1 the 512 and the 128 are gone, and 96 takes the smaller of the two gaps.
        Storage w = new("w", 512, 0, 0), x = new("x", 256, 0, 1), y = new("y", 128, 0, 0), z = new("z", 100, 0, 1), late = new("late", 96, 1, 1);
        long size = MemoryPlan.Place([late, z, y, x, w], 32);
        Assert.Equal((0, 512, 768, 896), (w.Offset, x.Offset, y.Offset, z.Offset));
        Assert.Equal(768, late.Offset);
        Assert.Equal(1024, size);

        // At time 0: 500, 450, 430, 300. At time 1 the first and third are gone; 436 takes the first gap and leaves 64 of it, which hold 64, though 430 do too.
        Storage a = new("a", 500, 0, 0), b = new("b", 450, 0, 1), c = new("c", 430, 0, 0), d = new("d", 300, 0, 1), e = new("e", 436, 1, 1), f = new("f", 64, 1, 1);
        Assert.Equal(1680, MemoryPlan.Place([a, b, c, d, e, f], 1));
        Assert.Equal((0, 500, 0, 950, 1380, 436), (a.Offset, b.Offset, e.Offset, c.Offset, d.Offset, f.Offset));
    }

    [Fact]
    public void Nothing_takes_nothing()
    {
        Assert.Equal(0, MemoryPlan.Place([], 64));
    }

    [Fact]
    public void Random_plans_are_right_and_tight()
    {
        double waste = 0;
        const int plans = 300;
        for (int seed = 0; seed < plans; seed++)
        {
            int alignment = 1 << (int)Draw(seed, 0, 9), count = (int)Draw(seed, 1, 60) + 1, times = (int)Draw(seed, 2, 40) + 1;
            Storage[] storages = [.. Enumerable.Range(0, count).Select(i => Make(seed, i, times))];
            long size = MemoryPlan.Place(storages, alignment);
            long peak = Enumerable.Range(0, times).Max(t => storages.Where(s => s.First <= t && t <= s.Last).Sum(s => Align(s.Bytes, alignment)));
            Assert.All(storages, s => Assert.True(
                s.Offset >= 0 && s.Offset % alignment == 0 && s.Offset + s.Bytes <= size, $"seed {seed}: {s.Name} at {s.Offset}"));
            foreach ((Storage one, Storage other) in Pairs(storages))
            {
                bool together = one.First <= other.Last && other.First <= one.Last;
                bool apart = one.Offset + one.Bytes <= other.Offset || other.Offset + other.Bytes <= one.Offset;
                Assert.True(!together || apart, $"seed {seed}: {one.Name} and {other.Name} overlap.");
            }

            Assert.True(size >= peak, $"seed {seed}");
            Assert.Equal(size, storages.Max(s => s.Offset + Align(s.Bytes, alignment)));
            waste += (double)size / peak / plans;
        }

        Assert.InRange(waste, 1, 1.25); // a plan that shares nothing is several times the peak
    }

    private static long Draw(int seed, int number, int below) => Philox.Block((ulong)seed, number, 0, 1).Word0 % (uint)below;

    private static Storage Make(int seed, int i, int times)
    {
        (uint size, uint first, uint length, uint kind) = Philox.Block((ulong)seed, i, 0, 2);
        int start = (int)(first % times), last = kind % 8 == 0 ? Storage.Always : Math.Min(start + (int)(length % 6), times - 1);
        return new Storage($"s{i}", 1 + (size % (kind % 3 == 0 ? 100_000 : 1000)), start, last);
    }

    private static long Align(long bytes, int alignment) => (bytes + alignment - 1) / alignment * alignment;

    private static IEnumerable<(Storage One, Storage Other)> Pairs(Storage[] storages) =>
        from i in Enumerable.Range(0, storages.Length) from j in Enumerable.Range(0, i) select (storages[i], storages[j]);

    [Fact]
    public void Inference_takes_much_less_memory_than_gradients()
    {
        Network network = NetworkZoo.Create("alexnet-same");
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(0));
        using var device = new PlanningDevice();
        long Arena(CompileOptions options)
        {
            using Executable executable = network.Compile(device, parameters, options);
            return executable.ArenaBytes;
        }

        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(32);
        long images = 8 * shapes["input"].Count, conv1 = 8 * shapes["conv1"].Count, activations = 8 * network.Nodes.Sum(n => shapes[n.Layer.Name].Count);
        long inference = Arena(new CompileOptions { Batch = 32 });
        long gradients = Arena(new CompileOptions { Batch = 32, Mode = ExecutionMode.Gradients });
        long training = Arena(new CompileOptions { Batch = 32, Mode = ExecutionMode.Training, Dropout = false });
        // The images stay; the largest tensors, conv1's and its normalisation, are needed at once and nothing else with them.
        Assert.Equal(images + (2 * conv1), inference);
        Assert.True(gradients > 8 * network.ParameterCount + inference, "Gradients of all parameters are kept.");
        Assert.True(2 * inference < gradients);
        Assert.True(gradients < (8 * network.ParameterCount) + images + (2 * activations), "Gradients of activations share memory.");
        Assert.InRange(training - gradients, 8 * network.ParameterCount, 8.01 * network.ParameterCount); // momentum
    }

    /// <summary>The reference device's needs without its memory: compiles, and cannot run.</summary>
    private sealed class PlanningDevice : IDevice
    {
        private readonly ReferenceDevice _inner = new(1);

        public DeviceInfo Info => _inner.Info;

        public IOperator? TryCreate(Region region) => _inner.TryCreate(region) is { } op ? new Unbound(op) : null;

        public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => new Unbound(_inner.CreateConversion(source, destination));

        public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule) => new Unbound(_inner.CreateUpdate(parameter, format, rule));

        public IOperator CreateNorm(TensorFormat format) => new Unbound(_inner.CreateNorm(format));

        public IDeviceMemory Allocate(long bytes) => new NoMemory(bytes);

        public IProgram Link(IReadOnlyList<Step> steps, bool timed) => _inner.Link([], timed);

        public void Dispose() => _inner.Dispose();

        private sealed class Unbound(IOperator op) : IOperator
        {
            public OperatorNeeds Needs => op.Needs;

            public string Algorithm => op.Algorithm;

            public void Bind(Bindings bindings) { }

            public void Dispose() => op.Dispose();
        }

        private sealed class NoMemory(long bytes) : IDeviceMemory
        {
            private readonly ReferenceDevice _tiny = new(1);

            public long Bytes => bytes;

            public IBuffer View(long offset, TensorFormat format, bool gradient = false)
            {
                Assert.InRange(offset, 0, bytes - format.Bytes);
                return _tiny.Allocate(8).View(0, new PlainFormat(new Shape(1), ElementType.Float64));
            }

            public void Dispose() => _tiny.Dispose();
        }
    }
}
