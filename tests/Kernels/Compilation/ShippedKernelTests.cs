using System.Text;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Compilation;

/// <summary>What is embedded in AlexNetCuda.Cuda, and what a driver is given of it.</summary>
public sealed class ShippedKernelTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Every_module_ships_as_ptx_78_for_compute_60_without_a_directory_in_it()
    {
        Assert.NotEmpty(KernelSources.Embedded.Modules);
        foreach (var module in KernelSources.Embedded.Modules)
        {
            var ptx = KernelSources.ShippedPtx(module);
            Assert.Contains("\n.version 7.8\n.target sm_60\n", ptx, StringComparison.Ordinal);
            Assert.StartsWith($"// {module}.cu as PTX.", ptx, StringComparison.Ordinal);
            Assert.Contains($"\n\t.file\t1 \"{module}.cu\"\n", ptx, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_kernel_has_a_budget_and_bounds_its_block()
    {
        foreach (var module in KernelSources.Embedded.Modules)
        {
            Assert.Equal(
                Harness.ParameterList.Kernels(module).Keys.Order(StringComparer.Ordinal),
                KernelCompiler.Budgets(KernelSources.Embedded.Source(module)).Keys.Order(StringComparer.Ordinal));
            var ptx = KernelSources.ShippedPtx(module);
            Assert.Equal(ptx.Split(".entry ").Length, ptx.Split(".maxntid ").Length);
        }
    }

    [Fact]
    public void A_module_that_does_not_exist_is_refused_with_those_that_do()
    {
        var message = Assert.Throws<ArgumentException>(() => KernelSources.Embedded.Source("nothing")).Message;
        Assert.Contains("lrn", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => KernelSources.ShippedPtx("nothing"));
    }

    [Fact]
    public void Without_NVRTC_or_for_an_architecture_it_does_not_know_the_shipped_ptx_is_used()
    {
        var cache = new CubinCache(_directory.FullName);
        var image = new KernelImages(null, cache).Get("lrn", 80);
        Assert.False(image.IsCubin);
        Assert.Equal(KernelSources.ShippedPtx("lrn") + '\0', Encoding.UTF8.GetString(image.Data));
        Assert.False(new KernelImages(Nvrtc.LoadOrSkip(), cache).Get("lrn", 999).IsCubin);
    }

    [Fact]
    public void With_NVRTC_a_cubin_is_made_once_and_then_comes_from_disk()
    {
        var images = new KernelImages(Nvrtc.LoadOrSkip(), new CubinCache(_directory.FullName));
        var first = images.Get("l2_loss", 80);
        Assert.True(first.IsCubin);
        Assert.Equal("\u007fELF"u8.ToArray(), first.Data[..4]);
        var file = Assert.Single(_directory.GetFiles());
        var written = file.LastWriteTimeUtc;
        Assert.Equal(first.Data, images.Get("l2_loss", 80).Data);
        Assert.Equal(written, Assert.Single(_directory.GetFiles()).LastWriteTimeUtc);
        images.Get("l2_loss", 75);
        Assert.Equal(2, _directory.GetFiles().Length);
    }

    [Fact]
    public void A_damaged_or_truncated_file_of_the_cache_is_made_again()
    {
        var cache = new CubinCache(_directory.FullName);
        byte[] image = [1, 2, 3, 4];
        Assert.Equal(image, cache.GetOrAdd("key", () => image));
        var file = Assert.Single(_directory.GetFiles()).FullName;
        foreach (var damaged in new byte[][] { [], [1, 2, 3], [.. File.ReadAllBytes(file).SkipLast(1)], [.. File.ReadAllBytes(file).SkipLast(1), 9] })
        {
            File.WriteAllBytes(file, damaged);
            var made = 0;
            Assert.Equal(image, cache.GetOrAdd("key", () => { made++; return image; }));
            Assert.Equal(1, made);
        }

        Assert.Equal(image, cache.GetOrAdd("key", () => throw new InvalidOperationException("it was there")));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_no_error()
    {
        var file = Path.Combine(_directory.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Equal([7], new CubinCache(Path.Combine(file, "below")).GetOrAdd("key", () => [7]));
    }

    [Fact]
    public void The_committed_ptx_is_what_the_sources_give()
    {
        Assert.SkipWhen(Nvrtc.Root is null, "there is no checkout around the tests");
        var report = new KernelBuild(Path.Combine(Nvrtc.Root!, "kernels"), Nvrtc.LoadOrSkip()).Check([]);   // `alexnet kernels check` looks at registers and spills too
        Assert.True(report.Problems.Count == 0, string.Join(Environment.NewLine, report.Problems));
    }
}
