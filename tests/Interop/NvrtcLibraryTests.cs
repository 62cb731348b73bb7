using System.Text;
using AlexNetCuda.Interop.Nvrtc;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

public sealed class NvrtcLibraryTests
{
    private static readonly Dictionary<string, string> s_noHeaders = [];

    [Fact]
    public void A_kernel_becomes_ptx_and_a_cubin_with_the_assemblers_report()
    {
        var library = LoadOrSkip();
        const string Source = "#include \"twice.cuh\"\nextern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= FACTOR; }";
        var headers = new Dictionary<string, string> { ["twice.cuh"] = "#define FACTOR 2.0f" };
        var ptx = Encoding.UTF8.GetString(library.Compile("twice.cu", Source, headers, [$"--gpu-architecture=compute_{library.Architectures[0]}"]).Image);
        Assert.Contains(".visible .entry twice(", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', ptx);
        Assert.Contains(80, library.Architectures);
        var cubin = library.Compile("twice.cu", Source, headers, ["--gpu-architecture=sm_80", "--ptxas-options=-v"]);
        Assert.Equal("\u007fELF"u8.ToArray(), cubin.Image[..4]);
        Assert.Contains("registers", cubin.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_source_is_reported_with_the_compilers_words()
    {
        var library = LoadOrSkip();
        var exception = Assert.Throws<NvrtcException>(() => library.Compile("wrong.cu", "int x = y;", s_noHeaders, []));
        Assert.Equal(NvrtcResult.ErrorCompilation, exception.Result);
        Assert.Contains("wrong.cu(1)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("\"y\" is undefined", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_does_not_exist_is_refused()
    {
        var library = LoadOrSkip();
        var exception = Assert.Throws<NvrtcException>(() => library.Compile("empty.cu", "", s_noHeaders, ["--no-such-option"]));
        Assert.Equal(NvrtcResult.ErrorInvalidOption, exception.Result);
    }

    private static NvrtcLibrary LoadOrSkip()
    {
        try
        {
            return NvrtcLibrary.Load(Fetched.Folder("nvrtc"));
        }
        catch (DllNotFoundException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }
}
