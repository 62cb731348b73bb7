using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Each checker finds the fault made on purpose, says where, stays silent without the fault, and can be off.</summary>
public class CheckerTests
{
    private const string One = ".param .u64 px, .param .u32 pn";

    private static LaunchResult Run(string parameters, string body, LaunchConfiguration shape, MachineOptions options,
        Func<PtxMachine, KernelArgument[]> arguments, string globals = "")
    {
        using var machine = new PtxMachine(options);
        LoadedKernel kernel = machine.Load(Instructions.Module(parameters, body, globals))["k"];
        return machine.Launch(kernel, shape, arguments(machine));
    }

    private static MachineOptions On(Checks checks = Checks.All) => new() { Checks = checks, InstructionBudget = 1_000_000 };

    // x[i] = x[i] + 1 for the given offset of the address, with a line table.
    private static string Touch(string address, string type = "b32") => $$"""
        .reg .b32 i, v; .reg .b64 x, o; .reg .b64 w;
        .loc 1 12 5
        ld.param.u64 x, [px];
        mov.u32 i, %tid.x;
        mul.wide.u32 o, i, 4;
        add.u64 x, x, o;
        .loc 1 13 9
        ld.global.{{type}} {{(type == "b64" ? "w" : "v")}}, [x{{address}}];
        st.global.b32 [x], i;
        ret;
        """;

    [Theory]
    [InlineData("+128", "128 bytes at")]
    [InlineData("-4", "where no allocation is")]
    public void An_access_out_of_bounds_is_reported_with_all_its_places(string address, string detail)
    {
        LaunchResult result =
            Run(One, Touch(address) + "\n.file 1 \"add_one.cu\"\n", 32.Threads(), On(), m =>
                [m.Memory.Allocate<int>(new int[32], "values"), 32]);
        Report report = Assert.Single(result.Reports);
        Assert.Equal(ReportKind.OutOfBounds, report.Kind);
        Assert.Equal("k", report.Kernel);
        Assert.Equal("ld.global.b32", report.Instruction);
        Assert.Equal(13, report.SourceLine);
        Assert.Equal("add_one.cu", report.SourceFile);
        Assert.Equal(new Extent3(0, 0, 0), report.Thread);
        Assert.Equal(new Extent3(0, 0, 0), report.Block);
        Assert.Equal(address == "-4" ? 1 : 32, report.Count);
        if (address != "-4") Assert.Contains("values (128 bytes", report.ToString(), StringComparison.Ordinal);
        Assert.Contains(address == "-4" ? detail : "bytes past the end of an allocation", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("add_one.cu:13", report.ToString(), StringComparison.Ordinal);
        int line = Array.FindIndex(Instructions.Module(One, Touch(address)).Split('\n'), l =>
            l.Contains("ld.global", StringComparison.Ordinal)) + 1;
        Assert.Equal(line, report.PtxLine);
    }

    [Fact]
    public void An_access_out_of_bounds_ends_the_launch_when_the_checker_is_off()
    {
        foreach (Checks checks in new[] { Checks.None, Checks.All & ~Checks.OutOfBounds })
        {
            PtxExecutionException error = Assert.Throws<PtxExecutionException>(
                () => Run(One, Touch("+128"), 32.Threads(), On(checks), m => [m.Memory.Allocate<int>(new int[32]), 32]));
            Assert.Equal(ReportKind.OutOfBounds, error.Report.Kind);
        }
    }

    [Fact]
    public void A_misaligned_access_is_reported()
    {
        LaunchResult result = Run(One, Touch("+4", "b64"), 1.Threads(), On(), m => [m.Memory.Allocate<int>(new int[32]), 32]);
        Report report = Assert.Single(result.Reports);
        Assert.Equal(ReportKind.Misaligned, report.Kind);
        Assert.Equal(ReportKind.Misaligned, Assert.Throws<PtxExecutionException>(
            () => Run(One, Touch("+2"), 1.Threads(), On(Checks.None), m => [m.Memory.Allocate<int>(new int[32]), 32])).Report.Kind);
        Assert.Empty(Run(One, Touch("+8", "b64"), 1.Threads(), On(), m => [m.Memory.Allocate<int>(new int[32]), 32]).Reports);
    }

    [Fact]
    public void A_use_after_free_is_reported_with_the_allocation()
    {
        KernelArgument[] Freed(PtxMachine machine)
        {
            ulong address = machine.Memory.Allocate<int>(new int[32], "gone");
            machine.Memory.Free(address);
            machine.Memory.Allocate<int>(new int[32], "next");
            return [address, 32];
        }

        LaunchResult result = Run(One, Touch(""), 32.Threads(), On(), Freed);
        Assert.Equal([ReportKind.UseAfterFree, ReportKind.UseAfterFree], result.Reports.Select(r => r.Kind));
        Assert.Contains("gone", result.Reports[0].Allocation, StringComparison.Ordinal);
        Assert.Equal(ReportKind.UseAfterFree,
            Assert.Throws<PtxExecutionException>(() => Run(One, Touch(""), 32.Threads(), On(Checks.None), Freed)).Report.Kind);
    }

    [Fact]
    public void Reads_of_global_memory_that_nothing_wrote_are_reported()
    {
        LaunchResult result = Run(One, Touch(""), 32.Threads(), On(), m => [m.Memory.Allocate(128, "raw"), 32]);
        Report report = Assert.Single(result.Reports);
        Assert.Equal((ReportKind.UninitializedRead, 32), (report.Kind, report.Count));
        Assert.Empty(Run(One, Touch(""), 32.Threads(), On(Checks.All & ~Checks.UninitializedRead), m =>
            [m.Memory.Allocate(128), 32]).Reports);
        // What one launch writes, the next may read.
        using var machine = new PtxMachine(On());
        LoadedKernel kernel =
            machine.Load(Instructions.Module(One, Touch("").Replace("ld.global.b32", "//", StringComparison.Ordinal)))["k"];
        LoadedKernel reader = machine.Load(Instructions.Module(One, Touch("")))["k"];
        ulong address = machine.Memory.Allocate(128);
        Assert.Empty(machine.Launch(kernel, 32.Threads(), On(Checks.None), address, 32).Reports);
        Assert.Empty(machine.Launch(reader, 32.Threads(), address, 32).Reports);
        Assert.Equal(1, machine.Launch(reader, 33.Threads(), address, 32).Reports.Count(r =>
            r.Kind == ReportKind.OutOfBounds && r.Instruction == "ld.global.b32"));
    }

    // Every thread writes its word of shared memory and reads that of another, with something between.
    private static string Exchange(string between, string partner = "xor.b32 j, i, 32;") => $$"""
        .shared .align 4 .b8 s[512];
        .reg .b32 i, j, a, b, v; .reg .b64 x, o; .reg .pred p;
        mov.u32 i, %tid.x;
        mov.u32 a, s;
        shl.b32 b, i, 2;
        add.u32 b, a, b;
        st.shared.b32 [b], i;
        {{between}}
        {{partner}}
        shl.b32 j, j, 2;
        add.u32 j, a, j;
        ld.shared.b32 v, [j];
        ld.param.u64 x, [px];
        mul.wide.u32 o, i, 4;
        add.u64 x, x, o;
        st.global.b32 [x], v;
        ret;
        """;

    [Theory]
    [InlineData("", "xor.b32 j, i, 32;", true)]
    [InlineData("bar.sync 0;", "xor.b32 j, i, 32;", false)]
    [InlineData("", "xor.b32 j, i, 1;", true)]
    [InlineData("bar.warp.sync -1;", "xor.b32 j, i, 1;", false)]
    [InlineData("bar.warp.sync -1;", "xor.b32 j, i, 32;", true)]
    [InlineData("shfl.sync.idx.b32 v|p, i, 0, 31, -1;", "xor.b32 j, i, 1;", true)]
    [InlineData("membar.cta;", "xor.b32 j, i, 32;", true)]
    [InlineData("shr.u32 j, i, 6; bar.sync j, 64;", "xor.b32 j, i, 32;", false)]
    [InlineData("shr.u32 j, i, 6; bar.sync j, 64;", "xor.b32 j, i, 64;", true)]
    [InlineData("", "mov.u32 j, i;", false)]
    public void Shared_memory_races_are_found_unless_a_barrier_orders_them(string between, string partner, bool race)
    {
        foreach (Convergence convergence in Enum.GetValues<Convergence>())
        {
            foreach (int seed in new[] { 0, 3 })
            {
                MachineOptions options = On() with { Convergence = convergence, Seed = seed };
                LaunchResult result = Run(One, Exchange(between, partner), 128.Threads(), options, m => [m.Memory.Allocate(512), 0]);
                Assert.Equal(race, result.Reports.Any(r => r.Kind == ReportKind.SharedRace));
                Assert.All(result.Reports, r => Assert.True(r.Kind is ReportKind.SharedRace or ReportKind.UninitializedRead, r.ToString()));
            }
        }

        Assert.DoesNotContain(
            Run(One, Exchange(between, partner), 128.Threads(), On(Checks.All & ~Checks.SharedRace), m =>
                [m.Memory.Allocate(512), 0]).Reports, r => r.Kind == ReportKind.SharedRace);
    }

    [Fact]
    public void A_write_after_reads_without_a_second_barrier_is_a_race()
    {
        // All read word 0; then the last thread writes it. In lock step the result is right all the same.
        string body = Exchange("bar.sync 0;", "mov.u32 j, 0;").Replace(
            "ret;", "BETWEEN setp.eq.u32 p, i, 127; @p st.shared.b32 [s], i; ret;", StringComparison.Ordinal);
        LaunchResult racy = Run(One, body.Replace("BETWEEN", "", StringComparison.Ordinal), 128.Threads(), On(), m =>
            [m.Memory.Allocate(512), 0]);
        Assert.All(racy.Reports, r => Assert.Equal(ReportKind.SharedRace, r.Kind));
        Assert.Contains(racy.Reports, r =>
            r.Instruction == "st.shared.b32" && r.Detail.Contains("read at PTX line", StringComparison.Ordinal));
        Assert.Empty(Run(One, body.Replace("BETWEEN", "bar.sync 0;", StringComparison.Ordinal), 128.Threads(), On(), m =>
            [m.Memory.Allocate(512), 0]).Reports);
    }

    [Fact]
    public void Shared_atomics_do_not_race_with_each_other_but_with_plain_accesses()
    {
        string body = """
            .shared .align 4 .b32 s;
            .reg .b32 i, v; .reg .b64 x; .reg .pred p;
            mov.u32 i, %tid.x;
            setp.eq.u32 p, i, 0;
            @p st.shared.b32 [s], 0;
            bar.sync 0;
            atom.shared.add.u32 v, [s], 1;
            BETWEEN
            ld.shared.b32 v, [s];
            ld.param.u64 x, [px];
            @p st.global.b32 [x], v;
            ret;
            """;
        Assert.Empty(Run(One, body.Replace("BETWEEN", "bar.sync 0;", StringComparison.Ordinal), 96.Threads(), On(), m =>
            [m.Memory.Allocate(4), 0]).Reports);
        Assert.Contains(Run(One, body.Replace("BETWEEN", "", StringComparison.Ordinal), 96.Threads(), On(), m =>
            [m.Memory.Allocate(4), 0]).Reports, r => r.Kind == ReportKind.SharedRace);
    }

    [Fact]
    public void Reads_of_shared_and_local_memory_that_nothing_wrote_are_reported()
    {
        string body = """
            .shared .align 4 .b8 s[16]; .local .align 4 .b8 l[16];
            .reg .b32 v;
            st.shared.b32 [s], 1;
            st.local.b32 [l+4], 1;
            ld.shared.b32 v, [s+SHARED];
            ld.local.b32 v, [l+LOCAL];
            ret;
            """;
        LaunchResult bad = Run("", Fill(8, 0), 1.Threads(), On(), _ => []);
        Assert.Equal([ReportKind.UninitializedRead, ReportKind.UninitializedRead], bad.Reports.Select(r => r.Kind));
        Assert.Equal(["shared memory", "local memory"], bad.Reports.Select(r => r.Allocation));
        Assert.Empty(Run("", Fill(0, 4), 1.Threads(), On(), _ => []).Reports);
        Assert.Equal(ReportKind.OutOfBounds, Assert.Single(Run("", Fill(16, 4), 1.Threads(), On(), _ => []).Reports).Kind);
        Assert.Equal(ReportKind.OutOfBounds, Assert.Single(Run("", Fill(0, 1600), 1.Threads(), On(), _ => []).Reports).Kind);

        string Fill(int shared, int local) =>
            body.Replace("SHARED", $"{shared}", StringComparison.Ordinal).Replace("LOCAL", $"{local}", StringComparison.Ordinal);
    }

    // Each block has a byte at h, a half at t and a word at o, counted from x.
    private static string Blocks(string access, string read = "ld.global") => $$"""
        .reg .b32 b, v; .reg .b64 x, o, h, t; .reg .pred p;
        ld.param.u64 x, [px];
        mov.u32 b, %ctaid.x;
        cvt.u64.u32 h, b;
        add.u64 h, x, h;
        mul.wide.u32 t, b, 2;
        add.u64 t, x, t;
        mul.wide.u32 o, b, 4;
        add.u64 o, x, o;
        {{access.Replace("LOAD", read, StringComparison.Ordinal)}}
        ret;
        """;

    [Theory]
    [InlineData("st.global.b32 [o], b;", false)]
    [InlineData("LOAD.b32 v, [o]; st.global.b32 [o], v;", false)]
    [InlineData("st.global.b32 [x], b;", true)]
    [InlineData("LOAD.b32 v, [x]; st.global.b32 [o], v;", true)]
    [InlineData("LOAD.b32 v, [x];", false)]
    [InlineData("red.global.add.u32 [x], 1;", false)]
    [InlineData("red.global.add.u32 [x], 1; LOAD.b32 v, [x];", true)]
    [InlineData("st.global.b8 [o+1], b;", false)]
    [InlineData("st.global.b8 [h], b;", false)]
    [InlineData("st.global.b16 [t], b;", false)]
    [InlineData("st.global.b32 [o], b; st.global.b8 [o+1], b;", false)]
    [InlineData("st.global.b8 [h], b; LOAD.b32 v, [x];", true)]
    [InlineData("LOAD.b32 v, [o]; st.global.b8 [h+8], b;", true)]
    [InlineData("LOAD.b32 v, [o]; st.global.b8 [h+16], b;", false)]
    [InlineData("st.global.b8 [h], b; st.global.b16 [t], b;", true)]
    public void Races_between_blocks_are_found(string access, bool race)
    {
        foreach (int seed in new[] { 0, 5 })
        {
            LaunchResult result =
                Run(One, Blocks(access), new LaunchConfiguration(4, 1), On() with { Seed = seed }, m =>
                    [m.Memory.Allocate<int>(new int[8]), 0]);
            Assert.Equal(race, result.Reports.Count > 0);
            Assert.All(result.Reports, r => Assert.Equal(ReportKind.GlobalRace, r.Kind));
        }

        Assert.Empty(Run(One, Blocks(access), new LaunchConfiguration(4, 1), On(Checks.All & ~Checks.GlobalRace), m =>
            [m.Memory.Allocate<int>(new int[8]), 0]).Reports);
    }

    [Fact]
    public void What_a_launch_remembers_goes_by_what_it_touches_not_by_what_is_allocated()
    {
        using var machine = new PtxMachine(On());
        ulong large = machine.Memory.Allocate(256 << 20);
        LoadedKernel kernel = machine.Load(Instructions.Module(One, Blocks("st.global.b32 [o], b;"), ""))["k"];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(machine.Launch(kernel, new LaunchConfiguration(4, 1), large, 0).Reports);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Theory]
    [InlineData("LOAD.b32 v, [o]; st.global.b32 [o], v;", "ld.global.nc", true)]
    [InlineData("st.global.b32 [o], b; LOAD.b32 v, [o];", "ld.global.nc", true)]
    [InlineData("st.global.b32 [o], b; LOAD.b32 v, [o];", "ld.global", false)]
    [InlineData("LOAD.b32 v, [o]; st.global.b32 [o+16], v;", "ld.global.nc", false)]
    public void Non_coherent_reads_of_what_the_launch_writes_are_found(string access, string read, bool found)
    {
        LaunchResult result =
            Run(One, Blocks(access, read), new LaunchConfiguration(4, 1), On(), m => [m.Memory.Allocate<int>(new int[8]), 0]);
        Assert.Equal(found ? [ReportKind.NonCoherentRead] : [], result.Reports.Select(r => r.Kind));
        Assert.Empty(Run(One, Blocks(access, read), new LaunchConfiguration(4, 1), On(Checks.All & ~Checks.NonCoherentRead), m =>
            [m.Memory.Allocate<int>(new int[8]), 0]).Reports);
    }

    [Theory]
    [InlineData("@p bar.sync 0;", true)]
    [InlineData("@p bra SKIP; bar.sync 0; SKIP:", true)]
    [InlineData("@p bra SKIP; add.u32 i, i, 1; SKIP: bar.sync 0;", false)]
    [InlineData("@p exit; bar.sync 0;", false)]
    public void Divergent_barriers_are_reported(string code, bool divergent)
    {
        string body = $".reg .b32 i; .reg .pred p; mov.u32 i, %tid.x; setp.lt.u32 p, i, 7; {code} bar.sync 0; ret;";
        foreach (Convergence convergence in Enum.GetValues<Convergence>())
        {
            LaunchResult result = Run("", body, 64.Threads(), On() with { Convergence = convergence }, _ => []);
            Assert.Equal(divergent, result.Reports.Count > 0);
            Assert.All(result.Reports, r => Assert.Equal(ReportKind.DivergentBarrier, r.Kind));
            Assert.Empty(Run("", body, 64.Threads(), On(Checks.None) with { Convergence = convergence }, _ => []).Reports);
        }
    }

    [Fact]
    public void A_mask_that_names_lanes_elsewhere_is_reported_in_lock_step_and_waited_for_otherwise()
    {
        // Lanes below 16 shuffle in one branch; the others come to the same instruction later.
        string body = """
            .reg .b32 i, v, t; .reg .pred p; .reg .b64 x, o;
            mov.u32 i, %tid.x;
            setp.lt.u32 p, i, 16;
            mov.u32 t, 0;
            @p bra JOIN;
            add.u32 t, t, 5;
            @!p bra JOIN;
            JOIN: shfl.sync.bfly.b32 v, i, 16, 31, -1;
            ld.param.u64 x, [px]; mul.wide.u32 o, i, 4; add.u64 x, x, o; st.global.b32 [x], v;
            ret;
            """;
        Assert.Empty(Run(One, body, 32.Threads(), On(), m => [m.Memory.Allocate(128), 0]).Reports);
        string inside = """
            .reg .b32 i, v; .reg .pred p;
            mov.u32 i, %tid.x;
            setp.lt.u32 p, i, 16;
            @!p bra DONE;
            shfl.sync.bfly.b32 v, i, 1, 31, -1;
            DONE: ret;
            """;
        Assert.Equal(ReportKind.UnconvergedSync, Assert.Single(Run("", inside, 32.Threads(), On(), _ => []).Reports).Kind);
        Assert.Empty(Run("", inside, 32.Threads(), On(Checks.None), _ => []).Reports);
        // The others exit: under independent scheduling nobody is left to wait for.
        Assert.Empty(Run("", inside, 32.Threads(), On() with { Convergence = Convergence.Independent }, _ => []).Reports);
        string own = "{ .reg .b32 i, v; mov.u32 i, %tid.x; shfl.sync.bfly.b32 v, i, 1, 31, 0x0000FFFF; ret; }";
        Assert.Contains(Run("", own, 32.Threads(), On(), _ => []).Reports, r =>
            r.Kind == ReportKind.UnconvergedSync && r.Detail.Contains("itself", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 1025, 1, 0, "1024")]
    [InlineData(1, 65, 1, 0, "launch bounds")]
    [InlineData(0, 32, 1, 0, "empty")]
    [InlineData(1, 32, 65536, 0, "65535")]
    [InlineData(1, 32, 1, 49153, "49152")]
    public void Launches_that_a_GPU_would_refuse_are_refused(int grid, int threads, int gridY, int dynamic, string word)
    {
        using var machine = new PtxMachine(On());
        LoadedKernel kernel = machine.Load("""
            .version 7.8
            .target sm_60
            .address_size 64
            .visible .entry k() .maxntid 64, 1, 1 { ret; }
            """)["k"];
        LaunchResult result = machine.Launch(kernel, new LaunchConfiguration(new Extent3(grid, gridY), threads, dynamic));
        Assert.Contains(result.Reports, r => r.Kind == ReportKind.Limit && r.Detail.Contains(word, StringComparison.Ordinal));
        Assert.Equal(0, result.ThreadInstructions);
        if (grid > 0) Assert.Empty(machine.Launch(kernel, new LaunchConfiguration(new Extent3(grid, gridY), threads, dynamic),
            On(Checks.None) with { InstructionBudget = 1 << 30 }).Reports);
        Assert.Empty(machine.Launch(kernel, new LaunchConfiguration(1, 64, 49152)).Reports);
    }

    [Fact]
    public void Arguments_must_fit_the_parameters()
    {
        using var machine = new PtxMachine();
        LoadedKernel kernel =
            machine.Load(Instructions.Module(".param .u64 a, .param .f32 b, .param .u8 c, .param .align 8 .b8 d[16]", "ret;"))["k"];
        Assert.Equal([0, 8, 12, 16], kernel.Declaration.Parameters.Select(p => p.Offset));
        Assert.Equal(32, kernel.Declaration.ParameterBytes);
        machine.Launch(kernel, 1.Threads(), 1ul, 2f, (byte)3, KernelArgument.From((1L, 2L)));
        Assert.Contains("4 parameters", Assert.Throws<ArgumentException>(() => machine.Launch(kernel, 1.Threads(), 1ul)).Message,
            StringComparison.Ordinal);
        Assert.Contains("parameter 1 (b)",
            Assert.Throws<ArgumentException>(() =>
                machine.Launch(kernel, 1.Threads(), 1ul, 2, (byte)3, KernelArgument.From((1L, 2L)))).Message, StringComparison.Ordinal);
        Assert.Contains("parameter 0 (a)",
            Assert.Throws<ArgumentException>(() =>
                machine.Launch(kernel, 1.Threads(), 1, 2f, (byte)3, KernelArgument.From((1L, 2L)))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => machine.Launch(kernel, 1.Threads(), machine.Options, new byte[31].AsSpan()));
    }

    [Fact]
    public void Stores_to_constants_and_parameters_are_refused()
    {
        string body = ".reg .b64 x; mov.u64 x, c; st.global.b32 [x], 1; ret;";
        LaunchResult result = Run("", body, 1.Threads(), On(), _ => [], ".const .align 4 .b32 c = 5;");
        Assert.Equal(ReportKind.ReadOnlyWrite, Assert.Single(result.Reports).Kind);
    }

    [Fact]
    public void Endless_loops_traps_and_deadlocks_end_with_the_reason()
    {
        PtxExecutionException budget =
            Assert.Throws<PtxExecutionException>(() => Run("", "L: bra L;", 32.Threads(), On() with { InstructionBudget = 1000 }, _ => []));
        Assert.Equal(ReportKind.BudgetExceeded, budget.Report.Kind);
        Assert.Contains("1000", budget.Message, StringComparison.Ordinal);
        Assert.Equal(ReportKind.Trap,
            Assert.Throws<PtxExecutionException>(() => Run("", "trap;", 32.Threads(), On(), _ => [])).Report.Kind);
        PtxExecutionException stuck =
            Assert.Throws<PtxExecutionException>(() => Run("", "bar.sync 1, 64; ret;", 32.Threads(), On(), _ => []));
        Assert.Equal(ReportKind.Deadlock, stuck.Report.Kind);
        Assert.True(stuck.Report.PtxLine > 0);
    }

    [Fact]
    public void A_fault_names_what_was_found_before_and_many_reports_are_kept_to_a_number()
    {
        string body = Touch("+128").Replace("ret;", "trap;", StringComparison.Ordinal);
        PtxExecutionException error =
            Assert.Throws<PtxExecutionException>(() => Run(One, body, 32.Threads(), On(), m => [m.Memory.Allocate<int>(new int[32]), 0]));
        Assert.Equal(ReportKind.OutOfBounds, Assert.Single(error.Earlier).Kind);
        LaunchResult few = Run(One, Touch("+128"), 64.Threads(), On() with { MaximumReports = 1 }, m =>
            [m.Memory.Allocate<int>(new int[32]), 0]);
        Assert.Single(few.Reports);
        Assert.Throws<PtxExecutionException>(() => few.ThrowIfReported());
    }
}

internal static class Shapes
{
    public static LaunchConfiguration Threads(this int threads) => new(1, threads);
}
