using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Compiled kernels with one thing taken out: the checkers notice, and name the line of the source.</summary>
public class MutantTests
{
    [Theory]
    [InlineData("nvrtc", Convergence.Converging)]
    [InlineData("clang", Convergence.Converging)]
    [InlineData("nvrtc", Convergence.Independent)]
    [InlineData("clang", Convergence.Independent)]
    public void Any_barrier_taken_out_of_a_compiled_kernel_is_missed(string compiler, Convergence convergence)
    {
        string[] lines = Data.Read(compiler, "blocks").Split('\n');
        Assert.Empty(Run(string.Join('\n', lines), convergence));
        int barriers = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].Contains("bar.sync", StringComparison.Ordinal)) continue;
            barriers++;
            string mutant = string.Join('\n', lines.Select((l, k) => k == i ? "" : l));
            List<Report> reports = Run(mutant, convergence);
            Assert.True(reports.Exists(r => r.Kind == ReportKind.SharedRace), $"nobody misses the barrier of line {i + 1}");
            Assert.All(reports, r => Assert.True(r.SourceFile is "blocks.cu" or "./common.cuh" && r.SourceLine > 0, r.ToString()));
        }

        Assert.True(barriers >= 5, $"only {barriers} barriers");
    }

    private static List<Report> Run(string text, Convergence convergence)
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All, Convergence = convergence,
            InstructionBudget = 10_000_000 });
        LoadedModule module = machine.Load(text);
        float[] x = RandomValues.Singles(64 * 96, 5);
        ulong input = machine.Memory.Allocate<float>(x), output = machine.Memory.Allocate(x.Length * 4),
            numbers = machine.Memory.Allocate<int>(new int[300]);
        ulong counts = machine.Memory.Allocate<int>(new int[16]), most = machine.Memory.Allocate<int>([0]),
            positive = machine.Memory.Allocate<int>([0]);
        return
        [
            .. machine.Launch(module["row_sums"], new LaunchConfiguration(4, 128), input, output, 200).Reports,
            .. machine.Launch(module["row_sums_tree"], new LaunchConfiguration(4, 128, 512), input, output, 200).Reports,
            .. machine.Launch(module["transpose"], new LaunchConfiguration(new Extent3(2, 3), new Extent3(32, 8)), input, output, 96,
            64).Reports,
            .. machine.Launch(module["histogram"], new LaunchConfiguration(2, 160), numbers, counts, most, positive, 300).Reports,
        ];
    }

    [Theory]
    [InlineData("nvrtc")]
    [InlineData("clang")]
    public void An_output_that_is_too_short_is_reported_at_the_store_of_the_source(string compiler)
    {
        using var machine = new PtxMachine(new MachineOptions { Checks = Checks.All });
        LoadedKernel kernel = machine.Load(Data.Read(compiler, "lrn"))["lrn_forward_r2"];
        int c = 5, plane = 40;
        ulong x = machine.Memory.Allocate<float>(new float[c * plane], "x"), y = machine.Memory.Allocate(((c * plane) - 1) * 4, "y"),
            s = machine.Memory.Allocate(c * plane * 4, "scale");
        Report report = Assert.Single(machine.Launch(kernel, 64.Threads(), x, y, s, c, plane, 1f, 1f).Reports);
        Assert.Equal((ReportKind.OutOfBounds, "lrn.cu", 1, new Extent3(39, 0, 0)),
            (report.Kind, report.SourceFile, report.Count, report.Thread));
        Assert.StartsWith("y (796 bytes", report.Allocation, StringComparison.Ordinal);
        Assert.Contains("q[(size_t)ch * plane] =", Data.SourceLine("lrn.cu", report.SourceLine), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nvrtc")]
    [InlineData("clang")]
    public void All_schedules_agree_to_the_last_bit(string compiler)
    {
        float[] x = RandomValues.Singles(5 * 333, 5);
        var results = new List<float[]>();
        foreach (Convergence convergence in Enum.GetValues<Convergence>())
        {
            foreach (int seed in new[] { 0, 1, 2, 3 })
            {
                using var machine = new PtxMachine(new MachineOptions { Convergence = convergence, Seed = seed });
                ulong input = machine.Memory.Allocate<float>(x), sums = machine.Memory.Allocate(20);
                machine.Launch(machine.Load(Data.Read(compiler, "blocks"))["row_sums"], new LaunchConfiguration(5, 128), input, sums, 333);
                results.Add(machine.Memory.Read<float>(sums, 5));
            }
        }

        Assert.All(results, r => Assert.Equal(results[0], r));
    }
}
