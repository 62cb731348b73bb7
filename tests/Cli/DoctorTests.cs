using System.Text.Json;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Tests;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

/// <summary><c>alexnet doctor</c>. What depends on the environment's variables runs in a process of its own.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void On_any_machine_it_looks_and_gives_0()
    {
        RunResult result = Alexnet.Run("doctor");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.StartsWith("Device 'auto' is ", result.Output, StringComparison.Ordinal);
        foreach (string library in new[] { "CUDA driver", "cuBLAS", "cublasLt", "cuDNN", "NVRTC" })
            Assert.Contains(result.Lines, line => line.StartsWith(library, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.All(result.Output.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public void Without_cuda_it_says_what_lacks_where_it_was_sought_and_how_to_get_it()
    {
        CudaLibrariesReport report = CudaLibraries.Probe();
        Assert.SkipWhen(report.All.Any(library => library.IsUsable || library.Rejected.Count > 0), "this machine has a library of CUDA");
        RunResult result = Alexnet.RunProcess("doctor");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal("Device 'auto' is cpu: The CUDA driver was not found (and 2 more problems).", result.Lines[0]);
        Assert.Contains("problem  cuDNN was not found.", result.Lines);
        Assert.Contains("pip install nvidia-cudnn-cu12", string.Join(' ', result.Lines), StringComparison.Ordinal);
        Assert.All(report.Dnn.Tried, place => Assert.Contains(place, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void The_simulated_cuda_works()
    {
        RunResult result = Alexnet.Run("doctor", "--device", "sim");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal("Examined: the simulated CUDA, not this machine's.", result.Lines[0]);
        Assert.Matches(@"0  NVIDIA A100-SXM4-40GB +8\.0  40\.0 GiB  40\.0 GiB  108  1410 MHz +1215 MHz  5120 bits  40960 KiB", result.Output);
        Assert.Contains("device-works", Findings(Parse(Alexnet.Run("doctor", "--device", "sim", "--json"))));
        Assert.DoesNotContain("problem ", result.Output, StringComparison.Ordinal);
        Assert.Equal("Device 'auto' is cuda: device 0 (NVIDIA A100-SXM4-40GB), cuBLAS 12.4.1 and cuDNN 9.1.0 work.", result.Lines[1]);
    }

    [Theory]
    [InlineData("sim:61", "6.1")]
    [InlineData("sim:75", "7.5")]
    [InlineData("sim:80", "8.0")]
    [InlineData("sim:90", "9.0")]
    public void Each_simulated_gpu_can_be_examined(string device, string capability)
    {
        JsonElement root = Parse(Alexnet.Run("doctor", "--json", "--device", device));
        Assert.Equal(capability, root.GetProperty("devices")[0].GetProperty("computeCapability").GetString());
        Assert.True(root.GetProperty("cuda").GetProperty("usable").GetBoolean());
    }

    [Fact]
    public void Json_is_all_there_is_on_standard_output_and_has_the_documented_names()
    {
        RunResult result = Alexnet.RunProcess("doctor", "--json", "--device", "sim");
        Assert.Equal((0, ""), (result.Code, result.Error));
        JsonElement root = Parse(result);
        Assert.Equal("simulator", root.GetProperty("examined").GetString());
        Assert.True(root.GetProperty("cuda").GetProperty("usable").GetBoolean());
        Assert.Equal(0, root.GetProperty("cuda").GetProperty("device").GetInt32());
        Assert.Equal("cuda", root.GetProperty("auto").GetProperty("device").GetString());
        Assert.Equal(["driver", "cublas", "cublasLt", "cudnn", "nvrtc"], root.GetProperty("libraries").EnumerateArray().Select(l => l.GetProperty("library").GetString()));
        JsonElement device = root.GetProperty("devices")[0];
        Assert.Equal("8.0", device.GetProperty("computeCapability").GetString());
        Assert.Equal(40L << 30, device.GetProperty("memoryBytes").GetInt64());
        Assert.Equal("9.0", root.GetProperty("cudnnNewestCapability").GetString());
        Assert.Equal("ok", root.GetProperty("findings")[0].GetProperty("severity").GetString());
    }

    [Fact]
    public void Every_property_is_in_the_documentation()
    {
        string documentation = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "doctor.md"));
        List<string> names = [];
        Collect(Parse(Alexnet.Run("doctor", "--json")), names);
        Collect(Parse(Alexnet.Run("doctor", "--json", "--device", "sim")), names);
        Assert.All(names.Distinct(), name => Assert.Contains($"`{name}`", documentation, StringComparison.Ordinal));
    }

    [Fact]
    public void Variables_that_are_set_are_explained_and_others_not_mentioned()
    {
        RunResult result = RunWith([("NVIDIA_TF32_OVERRIDE", "0"), ("CUDA_LAUNCH_BLOCKING", "1"), ("NVTX_INJECTION64_PATH", null)], "doctor");
        Assert.Contains(result.Lines, line => line.StartsWith("note     NVIDIA_TF32_OVERRIDE is '0': ", StringComparison.Ordinal));
        Assert.Contains(result.Lines, line => line.StartsWith("note     CUDA_LAUNCH_BLOCKING is '1': ", StringComparison.Ordinal));
        Assert.DoesNotContain("NVTX", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_library_and_one_that_is_too_old_are_named()
    {
        File.WriteAllText(_folder["libcublas.so.12"], "not a library");
        NativeCode.BuildOrSkip(_folder.Path, "libcuda.so.1", FakeLibrary.Driver(11_080));
        JsonElement[] libraries = [.. Parse(RunWith([("ALEXNETCUDA_LIBRARIES", _folder.Path)], "doctor", "--json")).GetProperty("libraries").EnumerateArray()];
        Assert.Contains("does not load", Rejected(libraries[1]), StringComparison.Ordinal);
        Assert.Contains("is too old: 12.0", Rejected(libraries[0]), StringComparison.Ordinal);

        string Rejected(JsonElement library) => library.GetProperty("rejected").EnumerateArray()
            .First(one => one.GetProperty("path").GetString()!.StartsWith(_folder.Path, StringComparison.Ordinal)).GetProperty("problem").GetString()!;
    }

    [Fact]
    public void Debians_driver_without_a_gpu_is_found_and_has_no_device()
    {
        string folder = Fetched.FolderOrSkip("driver", "bookworm", "libcuda1");
        Assert.SkipWhen(Directory.Exists("/proc/driver/nvidia"), "this machine has a driver of its own: it is not to be initialised by another version's library");
        RunResult result = RunWith([("ALEXNETCUDA_LIBRARIES", folder)], "doctor", "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        JsonElement root = Parse(result);
        Assert.Equal(100, root.GetProperty("driverFailure").GetProperty("status").GetInt32());
        Assert.Equal("cpu", root.GetProperty("auto").GetProperty("device").GetString());
        Assert.Contains("no-device", Findings(root));
    }

    private static RunResult RunWith((string Name, string? Value)[] variables, params string[] args) => Alexnet.RunProcess(variables, args);

    private static JsonElement Parse(RunResult result)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    private static string?[] Findings(JsonElement root) => [.. root.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("code").GetString())];

    private static void Collect(JsonElement element, List<string> names)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray()) Collect(item, names);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                names.Add(property.Name);
                if (property.Name != "environment") Collect(property.Value, names); // the names there are the variables'
            }
        }
    }
}
