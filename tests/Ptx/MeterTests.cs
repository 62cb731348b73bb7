using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>The meters against counts made by hand.</summary>
public class MeterTests
{
    private static Meters Run(string body, LaunchConfiguration shape, int bytes = 1 << 16)
    {
        using var machine = new PtxMachine(new MachineOptions { Metered = true });
        string text = ".reg .b32 i, v, a, b, c, e; .reg .b64 x, o, y; .reg .pred p; ld.param.u64 x, [px]; mov.u32 i, %tid.x; mov.u32 c, s; " + body + " ret;";
        LoadedKernel kernel = machine.Load(Instructions.Module(".param .u64 px", text, ".shared .align 16 .b8 s[16384];"))["k"];
        LaunchResult result = machine.Launch(kernel, shape, machine.Memory.Allocate(bytes));
        Assert.NotNull(result.Meters);
        return result.Meters;
    }

    [Theory]
    [InlineData("mul.wide.u32 o, i, 4; add.u64 x, x, o; ld.global.b32 v, [x];", 1, 4, 128)] // consecutive words
    [InlineData("mul.wide.u32 o, i, 4; add.u64 x, x, o; ld.global.b32 v, [x+4];", 1, 5, 128)] // one word off a sector
    [InlineData("mul.wide.u32 o, i, 128; add.u64 x, x, o; ld.global.b32 v, [x];", 1, 32, 128)] // a column
    [InlineData("mul.wide.u32 o, i, 16; add.u64 x, x, o; ld.global.v4.b32 {v, a, b, c}, [x];", 1, 16, 512)]
    [InlineData("ld.global.b32 v, [x];", 1, 1, 4)] // one word for all
    [InlineData("mul.wide.u32 o, i, 1; add.u64 x, x, o; ld.global.u8 v, [x]; ld.global.u8 a, [x];", 2, 2, 64)]
    public void Sectors_of_a_request_are_counted(string body, int requests, int sectors, int bytes)
    {
        Traffic loads = Run(body, new LaunchConfiguration(1, 32)).Loads;
        Assert.Equal((requests, sectors, bytes), (loads.Requests, loads.Sectors, loads.RequestBytes));
        Assert.Equal((double)sectors / requests, loads.SectorsPerRequest);
        Assert.Equal(bytes / (32.0 * sectors), loads.RequestEfficiency);
    }

    [Fact]
    public void A_block_pays_for_a_sector_once_and_the_launch_once_for_all_blocks()
    {
        // Each of 3 blocks of 64 threads reads the same 256 bytes twice, and writes 256 bytes of its own.
        Meters meters = Run(
            "mul.wide.u32 o, i, 4; add.u64 y, x, o; ld.global.b32 v, [y]; ld.global.b32 a, [y]; mov.u32 b, %ctaid.x; mad.lo.u32 b, b, 64, i; add.u32 b, b, 64; mul.wide.u32 o, b, 4; add.u64 y, x, o; st.global.b32 [y], v;",
            new LaunchConfiguration(3, 64));
        Assert.Equal((3 * 2 * 2, 3 * 256, 256), (meters.Loads.Requests, meters.Loads.L2Bytes, meters.Loads.DramBytes));
        Assert.Equal((3 * 2, 3 * 256, 3 * 256), (meters.Stores.Requests, meters.Stores.L2Bytes, meters.Stores.DramBytes));
        Assert.Equal((1.0, 1.0), (meters.Loads.BlockEfficiency, meters.Stores.BlockEfficiency));
        Assert.Equal((6 * 256, 4 * 256), (meters.L2Bytes, meters.DramBytes));
    }

    [Fact]
    public void Half_used_sectors_show_in_the_blocks_efficiency()
    {
        Meters meters = Run("mul.wide.u32 o, i, 8; add.u64 x, x, o; ld.global.b32 v, [x];", new LaunchConfiguration(2, 32));
        Assert.Equal(0.5, meters.Loads.BlockEfficiency);
        Assert.Equal(2 * 256, meters.Loads.L2Bytes);
        Assert.Equal(256, meters.Loads.DramBytes);
    }

    [Theory]
    [InlineData("shl.b32 a, i, 2; ld.shared.b32 v, [a];", 1, 1)] // a bank each
    [InlineData("shl.b32 a, i, 3; ld.shared.b32 v, [a];", 2, 1)] // two words a bank
    [InlineData("shl.b32 a, i, 7; ld.shared.b32 v, [a];", 32, 1)] // all in one bank
    [InlineData("mov.u32 a, 0; ld.shared.b32 v, [a];", 1, 1)] // one word for all
    [InlineData("mul.lo.u32 a, i, 132; ld.shared.b32 v, [a];", 1, 1)] // padded
    [InlineData("shl.b32 a, i, 4; ld.shared.v4.b32 {v, b, c, e}, [a];", 4, 4)] // 512 bytes take four passes
    [InlineData("shl.b32 a, i, 3; ld.shared.v2.b32 {v, b}, [a];", 2, 2)]
    public void Bank_conflicts_are_counted(string body, int wavefronts, int least)
    {
        Meters meters = Run(body, new LaunchConfiguration(1, 32));
        Assert.Equal((1, wavefronts, least), (meters.SharedRequests, meters.SharedWavefronts, meters.SharedWavefrontsLeast));
        Assert.Equal(wavefronts, meters.WavefrontsPerRequest);
    }

    [Fact]
    public void Branches_that_divide_a_warp_are_counted()
    {
        Meters meters = Run(
            "setp.lt.u32 p, i, 40; @p bra A; add.u32 v, i, 1; A: setp.lt.u32 p, i, 64; @p bra B; add.u32 v, i, 1; B: bra C; C:",
            new LaunchConfiguration(1, 96));
        // Three warps, two conditional branches each; only the first divides, and only the second warp.
        Assert.Equal((6, 1), (meters.Branches, meters.DivergentBranches));
    }

    [Fact]
    public void Instructions_are_counted_for_active_threads()
    {
        using var machine = new PtxMachine();
        LoadedKernel kernel =
            machine.Load(Instructions.Module("",
            ".reg .b32 i; .reg .pred p; mov.u32 i, %tid.x; setp.ge.u32 p, i, 10; @p bra E; add.u32 i, i, 1; add.u32 i, i, 1; E: ret;"))["k"];
        // 40 threads execute mov, setp, bra and ret; 10 of them two additions.
        Assert.Equal((40 * 4) + (10 * 2), machine.Launch(kernel, 40.Threads()).ThreadInstructions);
    }

    [Fact]
    public void Constants_and_parameters_are_no_traffic()
    {
        using var machine = new PtxMachine(new MachineOptions { Metered = true });
        LoadedKernel kernel =
            machine.Load(Instructions.Module(".param .u64 px",
            ".reg .b32 v; .reg .b64 x; ld.param.u64 x, [px]; ld.const.b32 v, [t]; ret;", ".const .b32 t = 5;"))["k"];
        Meters meters = machine.Launch(kernel, 64.Threads(), 0ul).Meters!;
        Assert.Equal((0, 0L, 0L), ((int)meters.Loads.Requests, meters.L2Bytes, meters.DramBytes));
    }

    [Fact]
    public void Without_meters_there_are_none()
    {
        using var machine = new PtxMachine();
        Assert.Null(machine.Launch(machine.Load(Instructions.Module("", "ret;"))["k"], 1.Threads()).Meters);
    }
}
