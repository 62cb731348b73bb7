using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Branches, tables, calls, barriers and what lanes of a warp do together, in both convergence modes.</summary>
public class ControlTests
{
    public static TheoryData<Convergence, int> Ways
    {
        get
        {
            var data = new TheoryData<Convergence, int>();
            foreach (Convergence convergence in Enum.GetValues<Convergence>())
                foreach (int seed in new[] { 0, 1, 7 }) data.Add(convergence, seed);
            return data;
        }
    }

    private static MachineOptions Way(Convergence convergence, int seed) =>
        new() { Checks = Checks.All, Convergence = convergence, Seed = seed, InstructionBudget = 3_000_000 };

    /// <summary>Runs a body that leaves a number in r; every thread stores it.</summary>
    private static uint[]
        Run(string body, int threads, MachineOptions options, string globals = "", string declarations = "", int blocks = 1)
    {
        using var machine = new PtxMachine(options);
        string text = $$"""
            .reg .b32 i, r, a, b, c; .reg .b64 x, o; .reg .pred p, q; {{declarations}}
            mov.u32 i, %tid.x;
            mov.u32 r, 0;
            {{body}}
            STORE: ld.param.u64 x, [px];
            mov.u32 a, %ctaid.x; mov.u32 b, %ntid.x; mad.lo.u32 a, a, b, i;
            mul.wide.u32 o, a, 4; add.u64 x, x, o; st.global.b32 [x], r;
            ret;
            """;
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px", text, globals))["k"];
        ulong address = machine.Memory.Allocate(4L * threads * blocks);
        LaunchResult result = machine.Launch(kernel, new LaunchConfiguration(blocks, threads), address);
        Assert.Empty(result.Reports);
        return machine.Memory.Read<uint>(address, threads * blocks);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_table_of_branches_sends_each_lane_its_way(Convergence convergence, int seed)
    {
        string body = """
            and.b32 a, i, 3;
            TABLE: .branchtargets W0, W1, W2, W1;
            setp.lt.u32 p, i, 60;
            @p brx.idx a, TABLE;
            mov.u32 r, 99;
            bra STORE;
            W0: add.u32 r, i, 100; bra STORE;
            W1: add.u32 r, i, 200; bra STORE;
            W2: add.u32 r, i, 300;
            """;
        uint[] got = Run(body, 64, Way(convergence, seed));
        for (uint i = 0; i < 64; i++) Assert.Equal(i >= 60 ? 99 : i + ((i & 3) switch { 0 => 100u, 2 => 300, _ => 200 }), got[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Registers_and_parameters_carry_values_through_calls(Convergence convergence, int seed)
    {
        string functions = """
            .func (.reg .b32 d) twice (.reg .b32 s) { add.u32 d, s, s; ret; }
            .func (.param .b32 d) sum (.param .align 4 .b8 s[8])
            { .reg .b32 u, v; ld.param.b32 u, [s]; ld.param.b32 v, [s+4]; add.u32 u, u, v; st.param.b32 [d], u; ret; }
            .func nothing () { ret; }
            """;
        string body = """
            setp.lt.u32 p, i, 13;
            @p call (r), twice, (i);
            call nothing;
            { .param .align 4 .b8 in[8]; .param .b32 out;
              st.param.b32 [in], r; st.param.b32 [in+4], 1000;
              call.uni (out), sum, (in);
              ld.param.b32 r, [out]; }
            """;
        uint[] got = Run(body, 40, Way(convergence, seed), functions);
        for (uint i = 0; i < 40; i++) Assert.Equal((i < 13 ? 2 * i : 0) + 1000, got[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Shuffles_move_values_and_say_whether_the_lane_was_there(Convergence convergence, int seed)
    {
        MachineOptions way = Way(convergence, seed);
        string value = "add.u32 b, i, 1000; ";
        Assert.Equal(Lanes(i => i >= 3 ? i + 997 : (i + 1000) | 0x8000_0000),
            Run(value + "shfl.sync.up.b32 r|p, b, 3, 0, -1; @!p or.b32 r, r, 0x80000000;", 32, way));
        Assert.Equal(Lanes(i => i < 27 ? i + 1005 : i + 1000), Run(value + "shfl.sync.down.b32 r, b, 5, 31, -1;", 32, way));
        Assert.Equal(Lanes(i => (i ^ 9) + 1000), Run(value + "shfl.sync.bfly.b32 r, b, 9, 31, -1;", 32, way));
        Assert.Equal(Lanes(i => (i & 24) + 1006), Run(value + "shfl.sync.idx.b32 r, b, 6, 0x1807, -1;", 32, way));
        Assert.Equal(Lanes(i => (i & 7) + 3 <= 7 ? i + 1003 : i + 1000), Run(value + "shfl.sync.down.b32 r, b, 3, 0x1807, -1;", 32, way));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Lanes_vote_match_and_reduce(Convergence convergence, int seed)
    {
        MachineOptions way = Way(convergence, seed);
        string odd = "and.b32 a, i, 1; setp.eq.u32 p, a, 1; ";
        Assert.Equal(Lanes(_ => 0xAAAA_AAAA), Run(odd + "vote.sync.ballot.b32 r, p, -1;", 32, way));
        Assert.Equal(Lanes(_ => 1), Run(odd + "vote.sync.any.pred q, p, -1; selp.u32 r, 1, 0, q;", 32, way));
        Assert.Equal(Lanes(_ => 0), Run(odd + "vote.sync.all.pred q, p, -1; selp.u32 r, 1, 0, q;", 32, way));
        Assert.Equal(Lanes(_ => 0), Run(odd + "vote.sync.uni.pred q, !p, -1; selp.u32 r, 1, 0, q;", 32, way));
        Assert.Equal(Lanes(i => 0x1111_1111u << (int)(i & 3)), Run("and.b32 a, i, 3; match.any.sync.b32 r, a, -1;", 32, way));
        Assert.Equal(Lanes(_ => uint.MaxValue), Run("mov.u32 a, 4; match.all.sync.b32 r|p, a, -1; @!p mov.u32 r, 1;", 32, way));
        Assert.Equal(Lanes(_ => 496), Run("redux.sync.add.u32 r, i, -1;", 32, way));
        Assert.Equal(Lanes(_ => unchecked((uint)-16)), Run("sub.u32 a, i, 16; redux.sync.min.s32 r, a, -1;", 32, way));
        Assert.Equal(Lanes(_ => uint.MaxValue), Run("activemask.b32 r;", 32, way));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Part_of_a_warp_meets_by_its_mask(Convergence convergence, int seed)
    {
        // Each half of the warp votes in its own branch.
        string body = """
            setp.lt.u32 p, i, 16;
            @p bra LOW;
            vote.sync.ballot.b32 r, 1, 0xFFFF0000;
            bra STORE;
            LOW: vote.sync.ballot.b32 r, 1, 0x0000FFFF;
            """;
        Assert.Equal(Lanes(i => i < 16 ? 0xFFFFu : 0xFFFF_0000), Run(body, 32, Way(convergence, seed)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Independent_lanes_wait_for_each_other_in_loops_and_at_different_instructions(int seed)
    {
        // Lane 0 waits for a flag that lane 1 sets later; then all meet, at two instructions.
        string body = """
            setp.ne.u32 p, i, 0;
            @p bra OTHERS;
            WAIT: atom.shared.or.b32 r, [flag], 0;
            setp.eq.u32 q, r, 0;
            @q bra WAIT;
            bar.warp.sync -1;
            bra STORE;
            OTHERS: setp.eq.u32 q, i, 1;
            @q atom.shared.exch.b32 b, [flag], 17;
            bar.warp.sync -1;
            ld.shared.b32 r, [flag];
            """;
        string set = "setp.eq.u32 p, i, 5; @p st.shared.b32 [flag], 0; bar.warp.sync -1;";
        Assert.Equal(Lanes(_ => 17), Run(set + body, 32, Way(Convergence.Independent, seed), declarations: ".shared .b32 flag;"));
        // Lanes take a lock in turn: in lock step the one that has it waits for those that spin.
        string turns = """
            LOCK: atom.shared.cas.b32 a, [flag], 0, 1;
            setp.ne.u32 p, a, 0;
            @p bra LOCK;
            atom.shared.add.u32 r, [count], 1;
            atom.shared.exch.b32 a, [flag], 0;
            """;
        string both = set.Replace("[flag], 0;", "[flag], 0; @p st.shared.b32 [count], 0;", StringComparison.Ordinal) + turns;
        string declarations = ".shared .b32 flag; .shared .b32 count;";
        Assert.Equal(Lanes(i => i), Run(both, 32, Way(Convergence.Independent, seed), declarations: declarations).Order());
        PtxExecutionException hang = Assert.Throws<PtxExecutionException>(
            () => Run(both, 32, Way(Convergence.Converging, seed) with { InstructionBudget = 100_000 }, declarations: declarations));
        Assert.Equal(ReportKind.BudgetExceeded, hang.Report.Kind);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Barriers_combine_predicates(Convergence convergence, int seed)
    {
        MachineOptions way = Way(convergence, seed);
        string first = "setp.lt.u32 p, i, 41; ";
        Assert.All(Run(first + "barrier.red.popc.u32 r, 0, p;", 100, way), r => Assert.Equal(41u, r));
        Assert.All(Run(first + "bar.red.and.pred q, 0, p; selp.u32 r, 1, 2, q;", 100, way), r => Assert.Equal(2u, r));
        Assert.All(Run(first + "bar.red.or.pred q, 0, p; selp.u32 r, 1, 2, q;", 100, way), r => Assert.Equal(1u, r));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Named_barriers_let_one_warp_produce_for_another(Convergence convergence, int seed)
    {
        // Warp 0 fills and arrives, warp 1 waits and reads: no race, since arriving comes before waiting is over.
        string body = """
            and.b32 b, i, 31; shl.b32 b, b, 2; mov.u32 c, s; add.u32 b, b, c;
            setp.ge.u32 p, i, 32;
            @p bra CONSUME;
            add.u32 a, i, 500;
            st.shared.b32 [b], a;
            bar.arrive 3, 64;
            bra STORE;
            CONSUME: bar.sync 3, 64;
            ld.shared.b32 r, [b];
            """;
        uint[] got = Run(body, 64, Way(convergence, seed), declarations: ".shared .align 4 .b8 s[128];");
        for (uint i = 0; i < 64; i++) Assert.Equal(i < 32 ? 0 : i + 468, got[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Generic_addresses_reach_every_space(Convergence convergence, int seed)
    {
        string body = """
            mov.u64 x, s; cvta.shared.u64 x, x;
            setp.eq.u32 p, i, 0;
            @p st.b32 [x], 11;
            bar.sync 0;
            ld.b32 a, [x]; add.u32 r, r, a;
            isspacep.shared q, x; selp.u32 a, 1000, 0, q; add.u32 r, r, a;
            mov.u64 o, l; cvta.local.u64 o, o;
            st.b32 [o+4], i; ld.local.b32 a, [l+4]; add.u32 r, r, a;
            isspacep.global q, o; selp.u32 a, 5000, 0, q; add.u32 r, r, a;
            mov.u64 o, g; ld.b32 a, [o]; add.u32 r, r, a;
            mov.u64 o, t; cvta.const.u64 o, o; ld.b32 a, [o+8]; add.u32 r, r, a;
            ld.const.b32 a, [t]; add.u32 r, r, a;
            cvta.to.shared.u64 x, x; ld.shared.b32 a, [x]; add.u32 r, r, a;
            ld.global.b64 o, [where]; ld.b32 a, [o]; add.u32 r, r, a;
            """;
        uint[] got = Run(
            body,
            40,
            Way(convergence, seed),
            ".global .b32 g = 100; .const .b32 t[3] = { 7, 8, 20000 }; .global .u64 where = g+0;",
            ".shared .align 8 .b8 s[8]; .local .align 4 .b8 l[8];");
        for (uint i = 0; i < 40; i++) Assert.Equal(11 + 1000 + i + 100 + 20000 + 7 + 11 + 100, got[i]);
    }

    [Fact]
    public void Special_registers_say_where_a_thread_is()
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        string[] names = ["tid.x", "tid.y", "tid.z", "ctaid.x", "ctaid.y", "ctaid.z", "ntid.y", "nctaid.z", "laneid", "warpid",
            "lanemask_lt", "lanemask_ge",
            "ntid.x", "ntid.z", "nctaid.x", "nctaid.y", "nwarpid", "lanemask_eq", "lanemask_le", "lanemask_gt", "dynamic_smem_size",
            "nsmid", "smid", "gridid"];
        string stores = string.Concat(names.Select((n, k) => $"mov.u32 a, %{n}; st.global.b32 [x+{4 * k}], a;\n"));
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px", $$"""
            .reg .b32 a, b, c; .reg .b64 x, o; .reg .b16 h;
            mov.u32 a, %ctaid.z; mov.u32 b, %nctaid.y; mul.lo.u32 a, a, b; mov.u32 b, %ctaid.y; add.u32 a, a, b;
            mov.u32 b, %nctaid.x; mul.lo.u32 a, a, b; mov.u32 b, %ctaid.x; add.u32 a, a, b;
            mov.u32 b, %ntid.z; mul.lo.u32 a, a, b; mov.u32 b, %tid.z; add.u32 a, a, b;
            mov.u32 b, %ntid.y; mul.lo.u32 a, a, b; mov.u32 b, %tid.y; add.u32 a, a, b;
            mov.u32 b, %ntid.x; mul.lo.u32 a, a, b; mov.u32 b, %tid.x; add.u32 a, a, b;
            ld.param.u64 x, [px]; mul.wide.u32 o, a, 96; add.u64 x, x, o;
            {{stores}}
            ret;
            """))["k"];
        Extent3 grid = new(2, 3, 2), block = new(5, 4, 3);
        ulong address = machine.Memory.Allocate(96 * grid.Count * block.Count);
        Assert.Empty(machine.Launch(kernel, new LaunchConfiguration(grid, block, 64), address).Reports);
        uint[] got = machine.Memory.Read<uint>(address, (int)(24 * grid.Count * block.Count));
        for (int b = 0; b < grid.Count; b++)
        {
            for (int t = 0; t < block.Count; t++)
            {
                uint lane = (uint)t % 32;
                uint[] expected =
                [
                    (uint)t % 5, (uint)t / 5 % 4, (uint)t / 20, (uint)b % 2, (uint)b / 2 % 3, (uint)b / 6, 4, 2, lane, (uint)t / 32,
                    (1u << (int)lane) - 1, ~((1u << (int)lane) - 1),
                    5, 3, 2, 3, 2, 1u << (int)lane, (uint)((2ul << (int)lane) - 1), ~(uint)((2ul << (int)lane) - 1), 64, 1, 0, 1,
                ];
                Assert.Equal(expected, got.AsSpan(24 * ((b * (int)block.Count) + t), 24).ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Lanes_exit_from_inside_functions_and_between_barriers(Convergence convergence, int seed)
    {
        string function = ".func leave (.reg .b32 n) { .reg .pred z; setp.lt.u32 z, n, 9; @z exit; setp.gt.u32 z, n, 50; @z ret; ret; }";
        string body = "call leave, (i); bar.sync 0; barrier.red.popc.u32 r, 1, 1; bar.sync 0;";
        uint[] got = Run(body, 70, Way(convergence, seed), function);
        for (uint i = 0; i < 70; i++) Assert.Equal(i < 9 ? 0u : 61, got[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Guarded_synchronisation_lets_the_others_pass(Convergence convergence, int seed)
    {
        string body = """
            setp.lt.u32 p, i, 8;
            mov.u32 a, 0xFF;
            @p shfl.sync.bfly.b32 r, i, 1, 31, a;
            @p bar.warp.sync 0xFF;
            @p vote.sync.ballot.b32 b, 1, 0xFF;
            @p add.u32 r, r, b;
            bar.sync 0;
            """;
        uint[] got = Run(body, 32, Way(convergence, seed));
        for (uint i = 0; i < 32; i++) Assert.Equal(i < 8 ? (i ^ 1) + 255 : 0, got[i]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Lanes_that_name_different_groups_meet_apart(int seed)
    {
        // Four groups of eight lanes at one instruction, each lane with the mask of its group in a register.
        string body = "and.b32 a, i, 24; mov.u32 b, 0xFF; shl.b32 b, b, a; vote.sync.ballot.b32 r, 1, b; shfl.sync.idx.b32 c, i, 0, 0x181F, b; add.u32 r, r, c;";
        uint[] got = Run(body, 32, Way(Convergence.Independent, seed));
        for (int i = 0; i < 32; i++) Assert.Equal((0xFFu << (i & 24)) + (uint)(i & 24), got[i]);
    }

    [Theory]
    [InlineData("bar.sync 16;", "there is no barrier 16")]
    [InlineData("bar.sync 1, 33;", "multiple of 32")]
    [InlineData("T: .branchtargets A; mov.u32 a, 1; brx.idx a, T; A:", "entry 1 of a table of 1")]
    public void Barriers_and_tables_that_are_not_there_end_the_launch(string body, string words)
    {
        PtxExecutionException error = Assert.Throws<PtxExecutionException>(() => Run(body, 32, new MachineOptions()));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lanes_that_wait_for_each_other_at_different_places_are_a_deadlock()
    {
        string body = "setp.lt.u32 p, i, 16; @p bra A; shfl.sync.bfly.b32 r, i, 1, 31, -1; bra STORE; A: vote.sync.ballot.b32 r, 1, -1;";
        PtxExecutionException error = Assert.Throws<PtxExecutionException>(() => Run(body, 32, Way(Convergence.Independent, 0)));
        Assert.Equal(ReportKind.Deadlock, error.Report.Kind);
    }

    private static uint[] Lanes(Func<uint, uint> f) => [.. Enumerable.Range(0, 32).Select(i => f((uint)i))];
}
