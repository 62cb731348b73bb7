using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Diagnostics;

/// <summary>Looks at simulated machines.</summary>
public sealed class SimulatedSurveyTests
{
    [Theory]
    [InlineData(61, 12_040, 90_100, "")]
    [InlineData(61, 12_040, 8_907, "")]
    [InlineData(61, 12_090, 91_100, "cudnn-dropped-capability")]
    [InlineData(75, 12_040, 90_100, "")]
    [InlineData(75, 13_000, 91_100, "")]
    [InlineData(80, 12_000, 8_907, "")]
    [InlineData(80, 11_040, 90_100, "driver-too-old-for-ptx driver-too-old-for-cublas driver-too-old-for-cudnn")]
    [InlineData(90, 11_080, 90_100, "driver-too-old-for-cublas driver-too-old-for-cudnn")]
    [InlineData(90, 12_040, 90_100, "")]
    [InlineData(120, 12_080, 8_907, "cudnn-unknown-capability")]
    public void A_machine_is_described_and_judged(int architecture, int driver, int cudnn, string problems)
    {
        var gpu = Gpu(architecture);
        var (diagnosis, cuda) = Examine(new SimulatorOptions { Gpus = [gpu], DriverVersion = driver, CudnnVersion = cudnn });
        Assert.All(problems.Split(' ', StringSplitOptions.RemoveEmptyEntries), code => Assert.Contains(code, Problems(diagnosis)));
        Assert.Equal(problems.Length == 0, diagnosis.IsUsable);
        Assert.Empty(cuda.Leaks());
        Assert.Empty(cuda.Reports);
        var device = Assert.Single(diagnosis.Facts.Devices);
        Assert.Equal((gpu.Name, new Version(gpu.Major, gpu.Minor)), (device.Name, device.Capability));
        Assert.Equal((gpu.MemoryBytes, gpu.Multiprocessors), (device.MemoryBytes, device.Multiprocessors));
        Assert.Equal((gpu.ClockKilohertz, gpu.MemoryClockKilohertz), (device.ClockKilohertz, device.MemoryClockKilohertz));
        Assert.Equal((gpu.BusBits, gpu.L2Bytes), (device.MemoryBusBits, device.L2Bytes));
        Assert.InRange(device.FreeBytes!.Value, 1, gpu.MemoryBytes);
        Assert.Equal(new Version(driver / 1000, driver % 1000 / 10), diagnosis.Facts[CudaLibrary.Driver].Version);
        Assert.Equal(cudnn == 8_907 ? new Version(8, 9, 7) : new Version(9, cudnn / 100 % 100, 0), diagnosis.Facts[CudaLibrary.Cudnn].Version);
        if (driver >= 11_080) Assert.Equal(["a context", "a kernel's module"], device.Working.Take(2));
        if (problems.Length == 0) Assert.Equal(["a handle of cuBLAS", "a handle of cuDNN"], device.Working.Skip(2));
        Assert.Equal(architecture < 80, diagnosis.Findings.Any(finding => finding.Code == "no-tf32-bf16"));
    }

    [Fact]
    public void A_machine_without_devices_has_a_driver_and_versions()
    {
        var (diagnosis, _) = Examine(new SimulatorOptions { Gpus = [] });
        Assert.Equal(["no-device"], Problems(diagnosis));
        Assert.Equal(100, diagnosis.Facts.DriverFailure!.Status);
        Assert.Equal(new Version(12, 4, 1), diagnosis.Facts[CudaLibrary.Cublas].Version);
        Assert.Equal(new Version(9, 0), diagnosis.Facts.CudnnNewestCapability);
    }

    [Theory]
    [InlineData("cuInit", 803, "driver-mismatch")]
    [InlineData("cuInit", 802, "driver-not-ready")]
    [InlineData("cuDeviceGetCount", 999, "driver-failure")]
    [InlineData("cuDeviceGet", 101, "capability-unknown")]
    [InlineData("cuDeviceGetAttribute", 1, null)]
    [InlineData("cuDevicePrimaryCtxRetain", 2, "device-failure")]
    [InlineData("cuCtxPushCurrent_v2", 201, "device-failure")]
    [InlineData("cuMemGetInfo_v2", 1, "device-failure")]
    [InlineData("cuModuleLoadDataEx", 222, "device-failure")]
    [InlineData("cublasCreate_v2", 3, "device-failure")]
    [InlineData("cublasDestroy_v2", 14, "device-failure")]
    [InlineData("cudnnCreate", 1001, "device-failure")]
    public void What_fails_becomes_a_finding_and_the_look_goes_on(string function, int status, string? code)
    {
        var (diagnosis, _) = Examine(new SimulatorOptions { Faults = [new InjectedFault(function, 1, status)] });
        if (code is null) return;   // the attribute is not told
        Assert.Contains(code, Problems(diagnosis));
        Assert.False(diagnosis.IsUsable);
    }

    [Fact]
    public void Libraries_that_do_not_tell_their_version_are_problems()
    {
        var (diagnosis, _) = Examine(new SimulatorOptions { Faults = [new InjectedFault("cublasGetProperty", 1, 14), new InjectedFault("cuDriverGetVersion", 1, 1)] });
        Assert.Equal(["driver-unusable", "cublas-unusable"], Problems(diagnosis));
    }

    [Fact]
    public void Of_two_devices_the_one_that_works_is_taken()
    {
        var (diagnosis, _) = Examine(new SimulatorOptions { Gpus = [SimulatedGpu.Gtx1080Ti, SimulatedGpu.A100], CudnnVersion = 91_100 });
        Assert.Equal(1, diagnosis.Device);
        Assert.Equal(2, diagnosis.Facts.Devices.Count);
    }

    [Fact]
    public void Cublaslt_can_be_done_without()
    {
        var (diagnosis, _) = Examine(new SimulatorOptions { HasCublasLt = false });
        Assert.True(diagnosis.IsUsable);
        Assert.False(diagnosis.Facts[CudaLibrary.CublasLt].IsUsable);
    }

    [Fact]
    public void Only_variables_that_matter_and_are_set_are_kept()
    {
        using var cuda = new SimulatedCuda();
        var facts = CudaSurvey.Look(cuda.Libraries, name => name switch { "CUDA_VISIBLE_DEVICES" => "", "NVIDIA_TF32_OVERRIDE" => "0", _ => null });
        Assert.Equal([("NVIDIA_TF32_OVERRIDE", "0"), ("CUDA_VISIBLE_DEVICES", "")], facts.Environment.Select(pair => (pair.Key, pair.Value)));
    }

    private static (CudaDiagnosis Diagnosis, SimulatedCuda Cuda) Examine(SimulatorOptions options)
    {
        using var cuda = new SimulatedCuda(options);
        return (CudaDoctor.Judge(CudaSurvey.Look(cuda.Libraries, _ => null)), cuda);
    }

    private static SimulatedGpu Gpu(int architecture) => architecture switch
    {
        61 => SimulatedGpu.Gtx1080Ti,
        75 => SimulatedGpu.TeslaT4,
        80 => SimulatedGpu.A100,
        90 => SimulatedGpu.H100,
        _ => SimulatedGpu.H100 with { Name = "A GPU to come", Major = architecture / 10, Minor = architecture % 10 },
    };

    private static string[] Problems(CudaDiagnosis diagnosis) =>
        [.. diagnosis.Findings.Where(finding => finding.Severity == CudaSeverity.Problem).Select(finding => finding.Code)];
}
