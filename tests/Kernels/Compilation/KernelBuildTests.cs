using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Compilation;

/// <summary>The build and the check of the shipped PTX, on a copy of a small module.</summary>
public sealed class KernelBuildTests : IDisposable
{
    private const string Source = """
        // budget twice 16
        extern "C" __global__ void __launch_bounds__(64) twice(float* x) { x[threadIdx.x] *= 2.0f; }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public KernelBuildTests()
    {
        Write("common.cuh", "");
        Write("twice.cu", Source);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_built_module_passes_the_check_and_pins_its_compiler_and_flags()
    {
        var library = Nvrtc.LoadOrSkip();
        var build = new KernelBuild(_directory.FullName, library);
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "ptx"));
        Write("ptx/gone.ptx", "");
        Assert.Equal(KernelBuild.Architectures.Intersect(library.Architectures), build.Build(anyVersion: true).Select(resource => resource.Architecture));
        Assert.False(File.Exists(Path.Combine(_directory.FullName, "ptx", "gone.ptx")));
        var report = build.Check();
        Assert.Empty(report.Problems);
        Assert.All(report.Resources, resource => Assert.Equal(("twice", 0), (resource.Kernel, resource.SpillLoads)));
        var lines = File.ReadAllLines(Path.Combine(_directory.FullName, "ptx", "twice.ptx"));
        Assert.StartsWith($"// NVRTC {library.Version}.", lines[1], StringComparison.Ordinal);
        Assert.Contains("--ftz=false --prec-div=true --prec-sqrt=true --fmad=true", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains(".file", StringComparison.Ordinal) && line.Contains('/', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(60, 35, 37, 50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90)]   // 11.8
    [InlineData(75, 75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121)]              // 13.0
    [InlineData(61, 50, 61, 70)]
    [InlineData(60)]
    public void The_ptx_is_for_compute_60_or_the_least_after_it_that_NVRTC_offers(int expected, params int[] offered) =>
        Assert.Equal(expected, KernelCompiler.PtxArchitecture(offered));

    [Fact]
    public void An_NVRTC_that_has_given_up_compute_60_builds_and_checks_for_what_it_has()
    {
        var library = Nvrtc.LoadOrSkip();
        var build = new KernelBuild(_directory.FullName, library) { Offered = [80, 86, 90] };
        Assert.Equal([80, 90], build.Build(anyVersion: true).Select(resource => resource.Architecture));
        Assert.Contains("\n.target sm_80\n", File.ReadAllText(Path.Combine(_directory.FullName, "ptx", "twice.ptx")), StringComparison.Ordinal);
        Assert.Empty(build.Check().Problems);
    }

    [Fact]
    public void Ptx_of_another_compiler_is_not_written_unless_asked_for_nor_that_of_sources_of_which_one_does_not_compile()
    {
        var library = Nvrtc.LoadOrSkip();
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "ptx"));
        Write("ptx/twice.ptx", "as it was");
        var build = new KernelBuild(_directory.FullName, library);
        if (Nvrtc.IsPinned(library))
        {
            Write("zero.cu", "this is no source");
            Assert.Throws<NvrtcException>(() => build.Build());
        }
        else
        {
            Assert.Contains(KernelBuild.PinnedVersion, Assert.Throws<InvalidOperationException>(() => build.Build()).Message, StringComparison.Ordinal);
        }

        Assert.Equal("as it was", File.ReadAllText(Path.Combine(_directory.FullName, "ptx", "twice.ptx")));
    }

    [Fact]
    public void A_source_that_has_moved_on_is_found_with_the_line_that_differs()
    {
        var build = new KernelBuild(_directory.FullName, Nvrtc.LoadPinnedOrSkip());
        build.Build();   // the pinned one needs no leave
        Write("twice.cu", Source.Replace("2.0f", "3.0f", StringComparison.Ordinal));
        var problem = Assert.Single(build.Check().Problems);
        Assert.StartsWith("twice: ptx/twice.ptx differs from what twice.cu gives from line ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_orphaned_ptx_is_found()
    {
        var build = new KernelBuild(_directory.FullName, Nvrtc.LoadOrSkip());
        build.Build(anyVersion: true);
        File.Move(Path.Combine(_directory.FullName, "ptx", "twice.ptx"), Path.Combine(_directory.FullName, "ptx", "thrice.ptx"));
        Assert.Equal(
            ["twice: ptx/twice.ptx is missing; run `alexnet kernels build`", "thrice: ptx/thrice.ptx has no source"],
            build.Check().Problems);
    }

    [Fact]
    public void A_kernel_over_its_budget_one_without_and_a_budget_without_kernel_are_found()
    {
        var library = Nvrtc.LoadOrSkip();
        var build = new KernelBuild(_directory.FullName, library);
        Write("twice.cu", Source.Replace("twice 16", "twice 1", StringComparison.Ordinal) + """

            // budget nobody 16
            extern "C" __global__ void free_rider(float* x) { x[0] = 1.0f; }
            """);
        build.Build(anyVersion: true);
        var problems = build.Check().Problems;
        Assert.Contains(problems, problem => problem.StartsWith("twice on sm_75 uses ", StringComparison.Ordinal) && problem.EndsWith("its budget is 1", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("free_rider on sm_80 has no budget", StringComparison.Ordinal));
        Assert.Contains("a budget is stated for nobody, which is no kernel", problems);
        Assert.Equal((2 * KernelBuild.Architectures.Intersect(library.Architectures).Count()) + 1, problems.Count);   // two kernels on each, and nobody
    }

    [Fact]
    public void A_kernel_that_spills_is_found()
    {
        var library = Nvrtc.LoadOrSkip();
        var body = string.Concat(Enumerable.Range(0, 60).Select(i => $"float v{i} = x[{i * 7} + threadIdx.x];")) + "__syncthreads();"
            + string.Concat(Enumerable.Range(0, 60).Select(i => $"x[{i * 5} + threadIdx.x] = v{i};"));
        Write("twice.cu", $$"""
            // budget twice 255
            extern "C" __global__ void __launch_bounds__(1024, 2) twice(float* x) { {{body}} }
            """);
        var build = new KernelBuild(_directory.FullName, library);
        build.Build(anyVersion: true);
        Assert.Contains(build.Check().Problems, problem => problem.StartsWith("twice on sm_80 spills: ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_assemblers_report_is_read_from_its_log()
    {
        const string Log = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'b' for 'sm_80'
            ptxas info    : Function properties for b
            ptxas         .     16 bytes stack frame, 20 bytes spill stores, 28 bytes spill loads
            ptxas info    : Used 32 registers, 416 bytes cmem[0]
            ptxas info    : Compiling entry function 'a' for 'sm_80'
            ptxas info    : Function properties for a
            ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 40 registers, 4224 bytes smem, 380 bytes cmem[0]
            """;
        Assert.Equal(
            [new KernelResources("a", 80, 40, 4224, 0, 0), new KernelResources("b", 80, 32, 0, 20, 28)],
            KernelCompiler.ParseLog(Log, 80));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);
}
