using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Diagnostics;

/// <summary>Judgements of facts that no one machine has.</summary>
public sealed class DoctorTests
{
    [Theory]
    [InlineData("12.4", "12.4.5", "9.1.0", "12.4", "8.0", "")]
    [InlineData("13.0", "13.0.2", "9.13.0", "13.0", "9.0", "")]
    [InlineData("13.0", "12.9.1", "9.10.2", "12.9", "6.0", "")]   // the last cuDNN for Pascal, on a newer driver
    [InlineData("12.0", "12.9.1", "9.1.0", "12.4", "8.0", "")]    // minor versions go together
    [InlineData("11.4", "12.4.5", "9.1.0", "12.4", "8.0", "driver-too-old-for-ptx driver-too-old-for-cublas driver-too-old-for-cudnn")]
    [InlineData("11.8", "12.4.5", "9.1.0", "12.4", "8.0", "driver-too-old-for-cublas driver-too-old-for-cudnn")]
    [InlineData("12.4", "13.0.2", "9.13.0", "13.0", "8.0", "driver-too-old-for-cublas driver-too-old-for-cudnn")]
    [InlineData("13.0", "13.0.2", "9.1.0", "12.4", "8.0", "cuda-majors-differ")]
    [InlineData("13.0", "12.9.1", "9.11.0", "12.9", "7.0", "cudnn-dropped-capability")]
    [InlineData("13.0", "12.9.1", "9.11.0", "12.9", "7.5", "")]
    [InlineData("13.0", "13.0.2", "9.12.0", "13.0", "6.1", "cublas-dropped-capability cudnn-dropped-capability")]
    [InlineData("12.4", "12.4.5", "9.1.0", "12.4", "5.2", "capability-too-low")]
    [InlineData("12.8", "12.8.3", "8.9.7", "12.2", "12.0", "cudnn-unknown-capability")]
    [InlineData("12.8", "12.8.3", "8.9.7", "12.2", "8.9", "")]
    public void Combinations_that_cannot_work_are_problems(string driver, string cublas, string cudnn, string cudnnCuda, string capability, string codes)
    {
        var diagnosis = CudaDoctor.Judge(Facts(driver, cublas, cudnn, cudnnCuda, capability));
        Assert.Equal(codes.Split(' ', StringSplitOptions.RemoveEmptyEntries), Codes(diagnosis, CudaSeverity.Problem));
        Assert.Equal(codes.Length == 0, diagnosis.IsUsable);
        Assert.All(diagnosis.Findings.Where(finding => finding.Severity == CudaSeverity.Problem), finding => Assert.NotNull(finding.Remedy));
        Assert.NotEqual(codes.Contains("capability", StringComparison.Ordinal), Codes(diagnosis, CudaSeverity.Ok).Contains("device-works"));
    }

    [Fact]
    public void Cudnn_9_may_run_a_gpu_that_it_does_not_know()
    {
        var diagnosis = CudaDoctor.Judge(Facts("12.8", "12.8.3", "9.1.0", "12.4", "12.0"));
        Assert.True(diagnosis.IsUsable);
        Assert.Contains("cudnn-unknown-capability", Codes(diagnosis, CudaSeverity.Note));
    }

    [Theory]
    [InlineData("7.5", true)]
    [InlineData("8.0", false)]
    public void Below_8_0_there_is_no_tf32_and_no_bfloat16(string capability, bool noted) =>
        Assert.Equal(noted, Codes(CudaDoctor.Judge(Facts(capability: capability)), CudaSeverity.Note).Contains("no-tf32-bf16"));

    [Fact]
    public void The_reason_names_what_works_or_the_first_problem_and_how_many_more()
    {
        Assert.Equal("device 0 (GPU 0), cuBLAS 12.4.5 and cuDNN 9.1.0 work", CudaDoctor.Judge(Facts()).Reason);
        var reason = CudaDoctor.Judge(Facts(driver: "11.4")).Reason;
        Assert.Equal("The driver takes CUDA 11.4 at most, and the kernels' PTX 7.8 needs a driver of CUDA 11.8 or newer (and 2 more problems)", reason);
    }

    [Fact]
    public void The_first_device_without_a_problem_is_taken()
    {
        var facts = Facts(cudnn: "9.11.0", capability: "6.1");
        facts = facts with { Devices = [.. facts.Devices, facts.Devices[0] with { Ordinal = 1, Capability = new Version(8, 6) }] };
        var diagnosis = CudaDoctor.Judge(facts);
        Assert.Equal(1, diagnosis.Device);
        Assert.Equal(0, diagnosis.Findings.Single(finding => finding.Code == "cudnn-dropped-capability").Device);
    }

    [Fact]
    public void Problems_come_first()
    {
        var severities = CudaDoctor.Judge(Facts(driver: "11.4", capability: "7.5")).Findings.Select(finding => finding.Severity).ToArray();
        Assert.Equal(severities.OrderDescending(), severities);
        Assert.Contains(CudaSeverity.Note, severities);
    }

    [Theory]
    [InlineData(100, "no-device", "docker run --gpus all")]
    [InlineData(803, "driver-mismatch", "restart the machine")]
    [InlineData(804, "driver-compatibility", "cuda-compat")]
    [InlineData(802, "driver-not-ready", "nvidia-fabricmanager")]
    [InlineData(34, "driver-stub", "stubs")]
    [InlineData(999, "driver-failure", "kernel module")]
    [InlineData(46, "device-unavailable", "nvidia-smi -c 0")]
    [InlineData(304, "driver-refused", "/dev/nvidia*")]
    [InlineData(2, "driver-memory", "other programs")]
    [InlineData(7777, "driver-failure", "nvidia-smi")]
    public void A_driver_that_refuses_is_a_problem_with_a_remedy(int status, string code, string remedy)
    {
        var diagnosis = CudaDoctor.Judge(Facts() with { Devices = [], DriverFailure = new CudaCallFailure("cuInit", status, "words") });
        var problem = Assert.Single(diagnosis.Findings, finding => finding.Severity == CudaSeverity.Problem);
        Assert.Equal(code, problem.Code);
        Assert.Contains($"cuInit gave {status} (words)", problem.Text, StringComparison.Ordinal);
        Assert.Contains(remedy, problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_that_works_and_knows_no_device_is_a_problem()
    {
        var problem = Assert.Single(CudaDoctor.Judge(Facts() with { Devices = [] }).Findings, finding => finding.Severity == CudaSeverity.Problem);
        Assert.Equal(("no-device", "The driver works, and knows no device."), (problem.Code, problem.Text));
    }

    [Fact]
    public void Devices_that_a_variable_hides_are_sought_there()
    {
        var facts = Facts() with { Devices = [], DriverFailure = new CudaCallFailure("cuInit", 100, "no device"), Environment = Variable("CUDA_VISIBLE_DEVICES", "") };
        Assert.StartsWith("CUDA_VISIBLE_DEVICES is ''", CudaDoctor.Judge(facts).Findings[0].Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NVIDIA_TF32_OVERRIDE", "0", "never round to TF32")]
    [InlineData("NVIDIA_TF32_OVERRIDE", "1", "even where float32 was asked for")]
    [InlineData("CUDA_VISIBLE_DEVICES", "1", "these devices only")]
    [InlineData("CUDA_LAUNCH_BLOCKING", "1", "not for timing")]
    [InlineData("CUDA_LAUNCH_BLOCKING", "0", "asynchronous")]
    [InlineData("CUDA_DISABLE_PTX_JIT", "1", "compiles no PTX")]
    [InlineData("CUDA_DISABLE_PTX_JIT", "0", "as it does without it")]
    [InlineData("NVTX_INJECTION64_PATH", "/lib.so", "a profiler")]
    public void A_variable_that_is_set_is_explained(string name, string value, string text)
    {
        var diagnosis = CudaDoctor.Judge(Facts() with { Environment = Variable(name, value) });
        var note = Assert.Single(diagnosis.Findings, finding => finding.Code == "variable");
        Assert.StartsWith($"{name} is '{value}': ", note.Text, StringComparison.Ordinal);
        Assert.Contains(text, note.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("variable", CudaDoctor.Judge(Facts()).Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void Nvrtc_without_the_gpus_architecture_is_noted()
    {
        var facts = Facts(capability: "9.0");
        facts = facts with
        {
            Libraries = [.. facts.Libraries.Take(4), new(CudaLibrary.Nvrtc, new Version(11, 2), new Version(11, 2), "/libnvrtc.so", null)],
            NvrtcArchitectures = [52, 60, 86],
        };
        Assert.Contains("NVRTC 11.2 does not compile for sm_90", CudaDoctor.Judge(facts).Findings.Single(finding => finding.Code == "nvrtc-architecture").Text, StringComparison.Ordinal);
        Assert.DoesNotContain("nvrtc-architecture", Codes(CudaDoctor.Judge(facts with { NvrtcArchitectures = [52, 90] }), CudaSeverity.Note));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, CudaSeverity.Problem)]
    [InlineData(3, CudaSeverity.Note)]
    public void A_device_may_be_closed(int mode, CudaSeverity? severity)
    {
        var facts = Facts();
        var diagnosis = CudaDoctor.Judge(facts with { Devices = [facts.Devices[0] with { ComputeMode = mode }] });
        Assert.Equal(severity, diagnosis.Findings.SingleOrDefault(finding => finding.Code == "compute-mode")?.Severity);
        Assert.Equal(mode != 2, diagnosis.IsUsable);
    }

    [Theory]
    [InlineData("cuMemGetInfo_v2")]
    [InlineData("cuModuleLoadDataEx")]
    [InlineData("cublasCreate_v2")]
    [InlineData("cudnnCreate")]
    public void What_fails_on_a_device_is_a_problem(string function)
    {
        var facts = Facts();
        var diagnosis = CudaDoctor.Judge(facts with { Devices = [facts.Devices[0] with { Failures = [new CudaCallFailure(function, 1, "words")] }] });
        Assert.False(diagnosis.IsUsable);
        Assert.Contains($"{function} gave 1 (words)", diagnosis.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_version_of_ptx_has_its_driver()
    {
        string[] pairs = ["7.0 11.0", "7.8 11.8", "8.0 12.0", "8.5 12.5", "8.6 12.7", "8.7 12.8", "8.8 12.9", "9.0 13.0", "9.1 13.1"];
        Assert.All(pairs, pair => Assert.Equal(Version.Parse(pair.Split(' ')[1]), CudaSupport.DriverForPtx(Version.Parse(pair.Split(' ')[0]))));
        Assert.Equal(new Version(7, 8), CudaSurvey.ShippedPtxVersion());
    }

    [Theory]
    [InlineData(11, 450)]
    [InlineData(12, 525)]
    [InlineData(13, 580)]
    public void Every_major_version_of_cuda_has_its_oldest_branch_of_drivers(int major, int branch) => Assert.Equal(branch, CudaSupport.DriverBranch(major));

    [Fact]
    public void Libraries_that_do_not_answer_are_problems()
    {
        var facts = Facts() with { Libraries = [.. Enum.GetValues<CudaLibrary>().Select(library => new CudaLibraryFacts(library, null, null, null, null))], Devices = [] };
        Assert.Equal(["driver-unusable", "cublas-unusable", "cudnn-unusable"], Codes(CudaDoctor.Judge(facts), CudaSeverity.Problem));
    }

    [Fact]
    public void What_was_found_and_not_taken_is_told_with_its_reason()
    {
        var search = new LibraryReport("cuDNN", null, [new("/a/libcudnn.so.9", new Version(8, 4, 0), null, [], "is too old: 8.9 is the least that serves")], [], [], "Install it.");
        var facts = Facts();
        facts = facts with { Libraries = [.. facts.Libraries.Where(library => library.Library != CudaLibrary.Cudnn), new(CudaLibrary.Cudnn, null, null, null, search)] };
        var problem = CudaDoctor.Judge(facts).Findings[0];
        Assert.Equal(
            ("cudnn-unusable", "cuDNN was found, but not one that can be used: /a/libcudnn.so.9 (8.4.0) is too old: 8.9 is the least that serves.", "Install it."),
            (problem.Code, problem.Text, problem.Remedy));
    }

    private static string[] Codes(CudaDiagnosis diagnosis, CudaSeverity severity) =>
        [.. diagnosis.Findings.Where(finding => finding.Severity == severity).Select(finding => finding.Code)];

    private static Dictionary<string, string> Variable(string name, string value) => new(StringComparer.Ordinal) { [name] = value };

    private static CudaFacts Facts(
        string driver = "12.4", string cublas = "12.4.5", string cudnn = "9.1.0", string cudnnCuda = "12.4", string capability = "8.0")
    {
        var blas = Version.Parse(cublas);
        return new CudaFacts
        {
            PtxVersion = new Version(7, 8),
            Libraries =
            [
                new(CudaLibrary.Driver, Version.Parse(driver), Version.Parse(driver), "/libcuda.so.1", null),
                new(CudaLibrary.Cublas, blas, new Version(blas.Major, blas.Minor), "/libcublas.so", null),
                new(CudaLibrary.CublasLt, blas, new Version(blas.Major, blas.Minor), "/libcublasLt.so", null),
                new(CudaLibrary.Cudnn, Version.Parse(cudnn), Version.Parse(cudnnCuda), "/libcudnn.so", null),
                new(CudaLibrary.Nvrtc, null, null, null, null),
            ],
            CudnnNewestCapability = new Version(9, 0),
            Devices = [new CudaDeviceFacts(0) { Name = "GPU 0", Capability = Version.Parse(capability), ComputeMode = 0, Working = ["a context"] }],
        };
    }
}
