using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Memory, modules and launches as the host sees them.</summary>
public class MachineTests
{
    [Fact]
    public void Memory_is_allocated_copied_filled_and_freed()
    {
        using var machine = new PtxMachine();
        DeviceMemory memory = machine.Memory;
        ulong a = memory.Allocate<int>([1, 2, 3, 4], "a"), b = memory.Allocate(16, "b");
        Assert.Equal(0ul, a % 512);
        Assert.Equal(32, memory.AllocatedBytes);
        memory.Copy(b, a + 4, 12);
        memory.Fill(b + 12, 0x7F, 4);
        Assert.Equal([2, 3, 4, 0x7F7F7F7F], memory.Read<int>(b, 4));
        memory.Copy(b + 4, b, 12);
        Assert.Equal([2, 2, 3, 4], memory.Read<int>(b, 4));
        Assert.Equal(["a", "b"], memory.Allocations.Select(x => x.Name));
        Assert.Equal("a", memory.Find(a + 15)!.Name);
        Assert.Null(memory.Find(a + 16));
        memory.Free(a);
        Assert.True(memory.Find(a)!.IsFreed);
        Assert.Equal(16, memory.AllocatedBytes);
        Assert.NotEqual(a, memory.Allocate(16));
    }

    [Fact]
    public void Misuse_of_memory_by_the_host_is_an_argument_error()
    {
        using var machine = new PtxMachine();
        DeviceMemory memory = machine.Memory;
        ulong a = memory.Allocate(16);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Allocate(0));
        Assert.Throws<ArgumentException>(() => memory.Free(a + 4));
        Assert.Throws<ArgumentException>(() => memory.Free(12345));
        Assert.Throws<ArgumentException>(() => memory.Read<int>(a + 12, 2));
        Assert.Throws<ArgumentException>(() => memory.Write<int>(a - 4, [1]));
        memory.Free(a);
        Assert.Throws<ArgumentException>(() => memory.Free(a));
        Assert.Throws<ArgumentException>(() => memory.Fill(a, 0, 1));
    }

    [Fact]
    public void Thousands_of_allocations_come_and_go()
    {
        using var machine = new PtxMachine();
        ulong kept = machine.Memory.Allocate<int>([42]);
        for (int i = 0; i < 20_000; i++) machine.Memory.Free(machine.Memory.Allocate(8));
        Assert.Single(machine.Memory.Allocations);
        Assert.Equal([42], machine.Memory.Read<int>(kept, 1));
    }

    [Fact]
    public void Copies_on_the_device_keep_what_nothing_wrote_unwritten()
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        DeviceMemory memory = machine.Memory;
        ulong a = memory.Allocate(16), b = memory.Allocate(16);
        memory.Write<int>(a + 4, [7, 8]);
        memory.Copy(b, a, 16);
        LoadedKernel kernel =
            machine.Load(Instructions.Module(".param .u64 p",
            ".reg .b64 x; .reg .b32 v; ld.param.u64 x, [p]; ld.global.b32 v, [x]; ret;"))["k"];
        Assert.Equal([1, 0, 0, 1],
            Enumerable.Range(0, 4).Select(i => machine.Launch(kernel, 1.Threads(), b + (ulong)(4 * i)).Reports.Count));
        memory.Copy(a + 4, a, 12);
        Assert.Equal([1, 1, 0, 0],
            Enumerable.Range(0, 4).Select(i => machine.Launch(kernel, 1.Threads(), a + (ulong)(4 * i)).Reports.Count));
    }

    [Fact]
    public void Variables_are_initialised_named_and_freed_with_their_module()
    {
        using var machine = new PtxMachine();
        using LoadedModule module = machine.Load("""
            .version 8.0
            .target sm_75
            .address_size 64
            .global .align 4 .f32 f[3] = {1.0, 0f40000000, -3};
            .const .align 8 .u64 pointers[2] = {f, f+8};
            .visible .global .align 2 .u16 zeros[4];
            .global .s8 s = -5;
            """);
        Assert.Equal(["f", "pointers", "zeros", "s"], module.Variables.Keys);
        Assert.Equal([1f, 2f, -3f], machine.Memory.Read<float>(module.Variables["f"], 3));
        Assert.Equal([module.Variables["f"], module.Variables["f"] + 8], machine.Memory.Read<ulong>(module.Variables["pointers"], 2));
        Assert.Equal(new ushort[4], machine.Memory.Read<ushort>(module.Variables["zeros"], 4));
        Assert.Equal(-5, machine.Memory.Read<sbyte>(module.Variables["s"], 1)[0]);
        Assert.Equal((new Version(8, 0), "sm_75"), (module.Module.Version, module.Module.Target));
        module.Dispose();
        Assert.Empty(machine.Memory.Allocations);
        Assert.Contains("no kernel", Assert.Throws<ArgumentException>(() => module["k"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_says_what_it_needs()
    {
        using var machine = new PtxMachine();
        LoadedKernel kernel = machine.Load(Data.Read("nvrtc", "blocks"))["transpose"];
        Assert.Equal(32 * 33 * 4, kernel.StaticSharedBytes);
        Assert.Equal(0, kernel.LocalBytes);
        Assert.Equal(4, kernel.Declaration.Parameters.Count);
        Assert.Equal(new Extent3(128), machine.Load(Data.Read("nvrtc", "blocks"))["axpy4"].Declaration.MaximumThreads);
        Assert.Null(kernel.Declaration.RequiredThreads);
        Assert.True(kernel.Declaration.Instructions > 20);
        Assert.Contains("bar.sync", kernel.Declaration.Opcodes);
        Assert.True(machine.Load(Data.Read("nvrtc", "flow"))["collatz"].LocalBytes >= 32);
    }

    [Fact]
    public void Blocks_run_by_several_workers_give_what_one_gives()
    {
        int n = 3, c = 12, plane = 900;
        float[] x = RandomValues.Singles(n * c * plane, 3);
        float[] Run(MachineOptions options)
        {
            using var machine = new PtxMachine(options);
            ulong input = machine.Memory.Allocate<float>(x), output = machine.Memory.Allocate(x.Length * 4),
                scale = machine.Memory.Allocate(x.Length * 4);
            LoadedKernel kernel = machine.Load(Data.Read("nvrtc", "lrn"))["lrn_forward_r2"];
            LaunchResult result =
                machine.Launch(kernel, new LaunchConfiguration(new Extent3(4, n), 256), input, output, scale, c, plane, 1f, 0.001f);
            Assert.True(result.ThreadInstructions > x.Length * 10L);
            return machine.Memory.Read<float>(output, x.Length);
        }

        float[] one = Run(new MachineOptions { Workers = 1 });
        Assert.Equal(one, Run(new MachineOptions { Workers = 5 }));
        Assert.Equal(one, Run(new MachineOptions { Seed = 11 }));
        Assert.Equal(one, Run(new MachineOptions { Convergence = Convergence.Independent, Metered = true }));
    }

    [Fact]
    public void A_fault_in_any_worker_ends_the_launch()
    {
        using var machine = new PtxMachine(new MachineOptions { Workers = 4 });
        LoadedKernel kernel =
            machine.Load(Instructions.Module("",
            ".reg .b32 b; .reg .pred p; mov.u32 b, %ctaid.x; setp.eq.u32 p, b, 77; @p trap; ret;"))["k"];
        PtxExecutionException error = Assert.Throws<PtxExecutionException>(() => machine.Launch(kernel, new LaunchConfiguration(100, 32)));
        Assert.Equal((ReportKind.Trap, new Extent3(77, 0, 0)), (error.Report.Kind, error.Report.Block));
        Assert.Throws<ArgumentException>(() => machine.Launch(kernel, new LaunchConfiguration(0, 32)));
    }

    [Fact]
    public void Clocks_go_on_and_are_the_same_in_every_run()
    {
        uint[] Run() => Instructions.Run<uint, uint>("mov.u32 t, %clock; mov.u64 x, %clock64; cvt.u32.u64 u, x; sub.u32 d, u, t;",
            [1, 2, 3]);
        Assert.All(Run(), d => Assert.True(d > 0));
        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void Registers_start_as_zeros_in_every_block()
    {
        using var machine = new PtxMachine();
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 p", """
            .reg .b64 x, o; .reg .b32 never, b; .reg .pred q;
            ld.param.u64 x, [p]; mov.u32 b, %ctaid.x; mul.wide.u32 o, b, 4; add.u64 x, x, o;
            st.global.b32 [x], never;
            @q st.global.b32 [x], 1;
            add.u32 never, b, 9; setp.eq.u32 q, b, b;
            ret;
            """))["k"];
        ulong address = machine.Memory.Allocate(40);
        machine.Launch(kernel, new LaunchConfiguration(10, 1), machine.Options with { Workers = 1 }, address);
        Assert.Equal(new int[10], machine.Memory.Read<int>(address, 10));
    }

    [Fact]
    public void Directives_that_change_nothing_here_are_understood()
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        LoadedModule module = machine.Load("""
            // comments /* of both */ kinds
            .version 8.4
            .target sm_90a, debug
            .address_size 64
            .file 3 "three.cu", 1234, 567
            .loc 3 1 1
            .pragma "nounroll";
            .extern .func (.param .b32 r) elsewhere (.param .b64 a) ;
            .weak .global .align 16 .v4 .f32 quads[2];
            .common .global .b32 shared_by_all;
            .global .b32 grid[2][3] = {{1, 2, 3}, {-4, 5, 0x10}}; /* 0b11 is
            three */ .global .b32 numbers[4] = {0b11, 017, 0xFFU, 12U};
            .section .debug_str { .b8 1, 2; L: .b8 3 }
            .visible .entry k(.param .u64 .ptr .global .align 4 p, .param .align 8 .b8 q[12])
            .maxntid 64
            .minnctapersm 2
            .maxnreg 32
            .noreturn
            {
            .pragma "nounroll";
            .file 4 "four.cu"
            .loc 4 99 1
            .reg .b32 a, b; .reg .b64 x; .reg .pred p1;
            {
              .reg .b32 a; mov.u32 a, 5; mov.u32 b, a;
              bra INSIDE;
              INSIDE:
            }
            ld.param.u64 x, [p]; ld.param.b32 a, [q+8]; add.u32 b, b, a;
            prefetch.global.L2 [x]; membar.gl; fence.acq_rel.gpu; nanosleep.u32 20;
            st.global.L1::no_allocate.b32 [x], b;
            }
            """);
        Assert.Equal([1, 2, 3, -4, 5, 16], machine.Memory.Read<int>(module.Variables["grid"], 6));
        Assert.Equal([3, 15, 255, 12], machine.Memory.Read<int>(module.Variables["numbers"], 4));
        Assert.Equal(0ul, module.Variables["quads"] % 16);
        ulong address = machine.Memory.Allocate(4);
        Assert.Empty(machine.Launch(module["k"], 1.Threads(), address, KernelArgument.From(new Three(1, 2, 30))).Reports);
        Assert.Equal([35], machine.Memory.Read<int>(address, 1));
        Assert.Equal(new Extent3(64), module["k"].Declaration.MaximumThreads);
    }

    private readonly record struct Three(int A, int B, int C);

    [Fact]
    public void Host_pointers_reach_the_same_bytes()
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        ulong address = machine.Memory.Allocate(8);
        unsafe
        {
            ((int*)machine.Memory.HostPointer(address, 8, willWrite: true))[1] = 77;
        }

        Assert.Equal([0, 77], machine.Memory.Read<int>(address, 2));
        Assert.Throws<ArgumentException>(() => machine.Memory.HostPointer(address, 9));
        Assert.Equal(new Extent3(4), Extent3.FromInt32(4));
    }

    [Fact]
    public void New_memory_can_hold_something_else_than_zeros_and_begin_elsewhere()
    {
        using var machine = new PtxMachine(new MachineOptions { FirstAddress = 0x7100_0000_0000 });
        ulong a = machine.Memory.Allocate(4, "a", content: 0xFF);
        Assert.Equal(0x7100_0000_0000ul, a);
        Assert.Equal([-1], machine.Memory.Read<int>(a, 1));
    }

    [Fact]
    public void A_launch_lists_the_bytes_it_read_and_wrote_when_asked()
    {
        const string Text = """
            .version 7.0
            .target sm_52
            .address_size 64
            .const .align 4 .u32 constant = 7;
            .visible .entry touch(.param .u64 p, .param .u64 q)
            {
                .reg .b32 %r<6>;
                .reg .b64 %d<8>;
                ld.param.u64 %d1, [p];
                ld.param.u64 %d2, [q];
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %d3, %r1, 4;
                add.s64 %d4, %d1, %d3;
                ld.global.u32 %r2, [%d4];
                ld.const.u32 %r3, [constant];
                mul.wide.u32 %d5, %r1, 8;
                add.s64 %d6, %d2, %d5;
                st.global.u32 [%d6], %r2;
                atom.global.add.u32 %r4, [%d2+64], %r3;
                ret;
            }
            """;
        using var machine = new PtxMachine();
        LoadedModule module = machine.Load(Text);
        ulong p = machine.Memory.Allocate(256), q = machine.Memory.Allocate(256);
        MachineOptions options = machine.Options with { RecordsAccesses = true };
        IReadOnlyList<AccessedRange> accesses = machine.Launch(module["touch"], new LaunchConfiguration(1, 16), options, p + 4, q).Accesses!;
        Assert.Equal(new AccessedRange(p + 4, 64, Writes: false), accesses[0]);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => new AccessedRange(q + (8 * (ulong)i), 4, Writes: true)), accesses.Skip(1));
        Assert.Null(machine.Launch(module["touch"], new LaunchConfiguration(1, 16), p, q).Accesses);
    }
}
