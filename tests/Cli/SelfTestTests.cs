using System.Globalization;
using System.Text.Json;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop;
using AlexNetCuda.KernelTools.SelfTesting;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

/// <summary><c>alexnet selftest</c> on the simulator: one whole run, and parts of it with calls that fail on purpose.</summary>
public sealed class SelfTestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_of_it_passes_on_the_simulator_and_every_kernel_is_there()
    {
        RunResult result = Alexnet.Run("selftest", "--device", "sim", "--output", _folder["report.txt"]);
        string report = File.ReadAllText(_folder["report.txt"]);
        Assert.True(result.Code == 0, report);
        Assert.Equal("", result.Error);
        Assert.Matches(@"^Passed: \d+ passed, \d+ not offered, in \d+ s\. The report is in .+report\.txt\.\s*$", result.Output);
        foreach (string module in KernelSources.Embedded.Modules)
        {
            Assert.All(PtxModule.Parse(KernelSources.ShippedPtx(module)).Kernels, kernel =>
                Assert.Matches($@"(?m)^{module}/{kernel.Name} +PTX machine +0 .* passed .*the same bits$", report));
        }

        string[] groups =
        [
            "kernels", "products in Float32", "products in BFloat16", "convolutions in Tf32", "convolutions in Float16 Nhwc", "operators in BFloat16 Nchw", "networks", "training",
        ];
        foreach (string group in groups)
            Assert.Matches($@"(?m)^{group}: \d+ passed", report);
        Assert.Matches("(?m)^3x3 forward with bias and relu .* passed ", report);
        Assert.Contains("NVIDIA A100-SXM4-40GB", report, StringComparison.Ordinal);
        Assert.All(report.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public void Json_is_all_there_is_on_standard_output_and_its_properties_are_documented()
    {
        RunResult result = Alexnet.Run("selftest", "--device", "sim", "--filter", "products in float16", "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        JsonElement root = Parse(result.Output);
        Assert.True(root.GetProperty("passed").GetBoolean());
        JsonElement group = Assert.Single(root.GetProperty("groups").EnumerateArray());
        Assert.Equal("products in Float16", group.GetProperty("name").GetString());
        JsonElement first = group.GetProperty("results")[0];
        Assert.Equal("passed", first.GetProperty("outcome").GetString());
        Assert.InRange(first.GetProperty("error").GetDouble(), 0, first.GetProperty("allowed").GetDouble());
        Assert.Equal("simulator", root.GetProperty("doctor").GetProperty("examined").GetString());
        string documentation = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "selftest.md"));
        foreach (JsonElement element in new[] { root, root.GetProperty("counts"), group, first })
            Assert.All(element.EnumerateObject(), property => Assert.Contains($"`{property.Name}`", documentation, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(61, 8907)]
    [InlineData(75, 8907)]
    [InlineData(75, 90100)]
    [InlineData(90, 90100)]
    public void It_passes_on_other_gpus_and_with_other_libraries(int architecture, int cudnn)
    {
        SimulatedGpu[] gpus = [SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4, SimulatedGpu.H100];
        var options = new SimulatorOptions { Gpus = [gpus.Single(gpu => gpu.Architecture == architecture)], CudnnVersion = cudnn, HasCublasLt = cudnn > 90000 };
        (int code, JsonElement root) = RunWith(options, "3x3");
        Assert.True(code == 0, root.ToString());
        string[] precisions = architecture < 80 ? ["Float32", "Float16"] : ["Float32", "Tf32", "Float16", "BFloat16"];
        Assert.Equal(precisions, root.GetProperty("precisions").EnumerateArray().Select(p => p.GetString()!));
        Assert.Equal((architecture < 80 ? 1 : 0) + (architecture < 70 ? 1 : 0) + (cudnn > 90000 ? 0 : 1), root.GetProperty("notes").GetArrayLength());
    }

    [Theory]
    [InlineData("cublasGemmEx", 2, 13, "products in Float32", "gemm weight gradient of 32 x 256 to 64", "cublasGemmEx gave 13")]
    [InlineData("cublasGemmEx", 2, 0, "products in Float32", "gemm weight gradient of 32 x 256 to 64", "")] // says that it worked, and does nothing
    [InlineData("cuLaunchKernel", 2, 0, "kernels fill", "fill/fill_uniform", "words differ")]
    [InlineData("cudnnConvolutionBackwardData", 1, 5000, "convolutions in Float32 11x11", "11x11 stride 4 input gradient", "cudnnConvolutionBackwardData gave 5000")]
    public void A_call_that_fails_fails_its_check_alone(string function, int call, int status, string filter, string check, string detail)
    {
        (int code, JsonElement root) = RunWith(new SimulatorOptions { Faults = [new InjectedFault(function, call, status)] }, filter);
        Assert.Equal(1, code);
        Assert.False(root.GetProperty("passed").GetBoolean());
        JsonElement failed = Assert.Single(Results(root), result => result.GetProperty("outcome").GetString() == "failed");
        Assert.Equal(check, failed.GetProperty("name").GetString());
        Assert.Contains(detail, failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Results(root), result => result.GetProperty("outcome").GetString() == "notRun");
    }

    [Fact]
    public void When_the_context_is_lost_the_group_ends_and_the_next_one_runs()
    {
        var options = new SimulatorOptions { Faults = [new InjectedFault("cuLaunchKernel", 2, 719) { IsLate = true }] };
        (int code, JsonElement root) = RunWith(options, "sgd");
        Assert.Equal(1, code);
        JsonElement[] groups = [.. root.GetProperty("groups").EnumerateArray()];
        Assert.Equal(["kernels", "training"], groups.Select(group => group.GetProperty("name").GetString()));
        string[] outcomes = [.. groups[0].GetProperty("results").EnumerateArray().Select(result => result.GetProperty("outcome").GetString()!)];
        Assert.Equal(["passed", "failed"], outcomes.Take(2));
        Assert.All(outcomes.Skip(2), outcome => Assert.Equal("notRun", outcome));
        Assert.All(groups[1].GetProperty("results").EnumerateArray(), result => Assert.Equal("passed", result.GetProperty("outcome").GetString()));
    }

    [Fact]
    public void Results_that_are_off_by_more_than_a_rounding_fail()
    {
        double[] expected = [1, -2, 0.5, 0];
        Assert.Equal(0, Tensors.LargestError(expected, expected));
        Assert.Equal(0.01 / 2, Tensors.LargestError(expected, [1, -2.01, 0.5, 0]), 1e-12);
        Assert.Equal(double.PositiveInfinity, Tensors.LargestError(expected, [1, double.NaN, 0.5, 0]));
        Assert.Equal(double.PositiveInfinity, Tensors.LargestError(expected, [1, -2, 0.5]));
        Assert.Equal(double.PositiveInfinity, Tensors.NormError(expected, [1, double.NaN, 0.5, 0]));
    }

    [Fact]
    public void Interrupted_it_gives_130_and_writes_no_report()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        RunResult result = Alexnet.Run(["selftest", "--device", "sim", "--output", _folder["report.txt"]], cancelled.Token);
        Assert.Equal((130, "alexnet: interrupted."), (result.Code, result.Message));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Without_cuda_it_says_what_lacks()
    {
        Assert.SkipWhen(CudaLibraries.Probe().IsUsable, "this machine has CUDA");
        RunResult result = Alexnet.Run("selftest");
        Assert.Equal(1, result.Code);
        Assert.Contains("'alexnet doctor' says more", result.Message, StringComparison.Ordinal);
    }

    private static (int Code, JsonElement Root) RunWith(SimulatorOptions options, string filter)
    {
        using var machine = new SimulatedCuda(options);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var context = new CommandContext(output, TextWriter.Null, new StatusLine(null), CancellationToken.None);
        int code = SelfTestCommand.Run(new SelfTestRequest(true, 0, filter, Json: true, Output: null), machine.Libraries, context);
        return (code, Parse(output.ToString()));
    }

    private static IEnumerable<JsonElement> Results(JsonElement root) =>
        root.GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("results").EnumerateArray());

    private static JsonElement Parse(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
