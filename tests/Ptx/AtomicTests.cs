using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Atomics against plain loops; their order comes from the seed.</summary>
public class AtomicTests
{
    private static uint[] Apply(string operation, string type, uint initial, uint[] values, string space = "global")
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        string body = space == "global" ? $"atom.global.{operation}.{type} r, [x], v;"
            : $"st.shared.b32 [s], {initial}; atom.shared.{operation}.{type} r, [s], v; ld.shared.b32 v, [s]; st.global.b32 [x], v;";
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px, .param .u64 pv", $$"""
            .reg .b32 v, r; .reg .b64 x, o; .shared .b32 s;
            ld.param.u64 o, [pv]; ld.global.b32 v, [o]; ld.param.u64 x, [px];
            {{body}}
            st.global.b32 [x+4], r;
            ret;
            """))["k"];
        ulong address = machine.Memory.Allocate<uint>([initial, 0]), operands = machine.Memory.Allocate<uint>(values);
        var olds = new List<uint>();
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Empty(machine.Launch(kernel, 1.Threads(), address, operands + ((ulong)i * 4)).Reports);
            olds.Add(machine.Memory.Read<uint>(address + 4, 1)[0]);
        }

        return [.. olds, machine.Memory.Read<uint>(address, 1)[0]];
    }

    public static TheoryData<string, string> Operations => new()
    {
        { "add", "u32" }, { "add", "s32" }, { "min", "s32" }, { "min", "u32" }, { "max", "s32" }, { "max", "u32" }, { "and", "b32" },
            { "or", "b32" },
        { "xor", "b32" }, { "exch", "b32" }, { "inc", "u32" }, { "dec", "u32" },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_atomic_gives_the_old_value_and_leaves_the_new(string operation, string type)
    {
        uint[] values = [5, 0x8000_0001, 3, 0xFFFF_FFFF, 0, 7, 2, 0x7FFF_FFFF, 1];
        uint state = 0xF000_0006;
        var expected = new List<uint>();
        foreach (uint v in values)
        {
            expected.Add(state);
            state = (operation, type) switch
            {
                ("add", _) => state + v,
                ("min", "s32") => (uint)Math.Min((int)state, (int)v),
                ("min", _) => Math.Min(state, v),
                ("max", "s32") => (uint)Math.Max((int)state, (int)v),
                ("max", _) => Math.Max(state, v),
                ("and", _) => state & v,
                ("or", _) => state | v,
                ("xor", _) => state ^ v,
                ("exch", _) => v,
                ("inc", _) => state >= v ? 0 : state + 1,
                _ => state == 0 || state > v ? v : state - 1,
            };
        }

        expected.Add(state);
        Assert.Equal(expected, Apply(operation, type, 0xF000_0006, values));
    }

    [Fact]
    public void Single_additions_flush_subnormals_in_global_memory_only()
    {
        uint tiny = BitConverter.SingleToUInt32Bits(1e-40f);
        Assert.Equal(0u, Apply("add", "f32", 0, [tiny])[^1]);
        Assert.Equal(tiny, Apply("add", "f32", 0, [tiny], "shared")[^1]);
        Assert.Equal(BitConverter.SingleToUInt32Bits(4),
            Apply("add", "f32", BitConverter.SingleToUInt32Bits(1.5f), [BitConverter.SingleToUInt32Bits(2.5f)])[^1]);
    }

    [Fact]
    public void Wide_atomics_and_compare_and_swap_work()
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px", """
            .reg .b64 x, v; .reg .b32 i; .reg .b64 w; .reg .f64 f; .reg .b16 h;
            ld.param.u64 x, [px];
            mov.u32 i, %tid.x;
            cvt.u64.u32 v, i;
            red.global.add.u64 [x], v;
            atom.global.max.u64 w, [x+8], v;
            red.global.min.s64 [x+16], v;
            cvt.rn.f64.u32 f, i;
            red.global.add.f64 [x+24], f;
            atom.global.cas.b64 w, [x+32], 0, v;
            atom.cas.b32 i, [x+40], 5, 9;
            mov.b16 h, 3;
            atom.global.cas.b16 h, [x+48], 0, 3;
            ret;
            """))["k"];
        ulong address = machine.Memory.Allocate<ulong>([1UL << 40, 3, 17, 0, 0, 5, 0]);
        Assert.Empty(machine.Launch(kernel, 50.Threads(), address).Reports);
        ulong[] got = machine.Memory.Read<ulong>(address, 7);
        Assert.Equal([(1UL << 40) + 1225, 49, 0, BitConverter.DoubleToUInt64Bits(1225), 1, 9, 3], got);
    }

    [Fact]
    public void The_order_of_atomics_blocks_and_warps_comes_from_the_seed_alone()
    {
        int[] Order(int seed)
        {
            using var machine = new PtxMachine(new MachineOptions { Seed = seed });
            LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px, .param .u64 pc", """
                .reg .b64 x, c, o; .reg .b32 i, b, k;
                ld.param.u64 x, [px]; ld.param.u64 c, [pc];
                mov.u32 i, %tid.x; mov.u32 b, %ctaid.x; mad.lo.u32 i, b, 96, i;
                atom.global.add.u32 k, [c], 1;
                mul.wide.u32 o, i, 4; add.u64 x, x, o; st.global.b32 [x], k;
                ret;
                """))["k"];
            ulong x = machine.Memory.Allocate(4 * 96 * 5), c = machine.Memory.Allocate<int>([0]);
            machine.Launch(kernel, new LaunchConfiguration(5, 96), x, c);
            return machine.Memory.Read<int>(x, 96 * 5);
        }

        int[] all = [.. Enumerable.Range(0, 480)];
        Assert.Equal(all, Order(0));
        var orders = new HashSet<string>();
        for (int seed = 1; seed <= 5; seed++)
        {
            int[] order = Order(seed);
            Assert.Equal(order, Order(seed));
            Assert.Equal(all, order.Order());
            Assert.Contains(Enumerable.Range(0, 15), w =>
                !order.AsSpan(w * 32, 32).SequenceEqual(order.AsSpan(w * 32, 32).ToArray().Order().ToArray()));
            orders.Add(string.Join(' ', order));
        }

        Assert.Equal(5, orders.Count);
    }
}
