using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Probing;
using AlexNetCuda.Interop.Tests;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Diagnostics;

/// <summary>Looks at native libraries: built by gcc, fetched from Debian, or none. The machine that is searched is a folder of the test's own.</summary>
public sealed class NativeSurveyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_any_cuda_everything_lacks_and_is_said_to()
    {
        var diagnosis = Examine(_root);
        Assert.Equal(["driver-missing", "cublas-missing", "cudnn-missing"], Codes(diagnosis, CudaSeverity.Problem));
        Assert.Equal(["cublaslt-missing", "nvrtc-missing"], Codes(diagnosis, CudaSeverity.Note));
        Assert.All(diagnosis.Findings, finding => Assert.Contains("Install", finding.Remedy, StringComparison.Ordinal));
        Assert.All(diagnosis.Facts.Libraries, library => Assert.NotEmpty(library.Search!.Tried));
        Assert.Equal("The CUDA driver was not found (and 2 more problems)", diagnosis.Reason);
    }

    [Fact]
    public void Debians_driver_says_that_there_is_no_device()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the package is Debian's");
        var folder = Fetched.FolderOrSkip("driver", "bookworm", "libcuda1");
        Assert.SkipWhen(Directory.Exists("/proc/driver/nvidia"), "this machine has a driver of its own: it is not to be initialised by another version's library");
        var diagnosis = Examine(folder);
        Assert.Equal(["no-device", "cublas-missing", "cudnn-missing"], Codes(diagnosis, CudaSeverity.Problem));
        Assert.Contains("cuInit gave 100", diagnosis.Findings[0].Text, StringComparison.Ordinal);
        Assert.StartsWith(folder, diagnosis.Facts[CudaLibrary.Driver].Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_set_works_as_far_as_it_can_be_tried()
    {
        var driver = Build("libcuda.so.550.54", OneDevice(12_040));
        File.CreateSymbolicLink(Path.Combine(_root, "libcuda.so.1"), "libcuda.so.550.54");
        BuildSet(90_100);
        var diagnosis = Examine(_root);
        Assert.Equal(driver, diagnosis.Facts[CudaLibrary.Driver].File);
        Assert.Null(diagnosis.Facts[CudaLibrary.Cublas].File);
        Assert.Empty(Codes(diagnosis, CudaSeverity.Problem));
        Assert.Equal(0, diagnosis.Device);
        var device = Assert.Single(diagnosis.Facts.Devices);
        Assert.Equal(("Fake GPU", new Version(8, 6), 6L << 30), (device.Name, device.Capability, device.MemoryBytes));
        Assert.Equal(Path.Combine(_root, "libcublas.so.12"), diagnosis.Facts[CudaLibrary.Cublas].Path);
        Assert.Null(diagnosis.Facts.CudnnNewestCapability);   // 0: this one does not say
    }

    [Fact]
    public void A_driver_that_is_too_old_is_not_asked_and_said_to_be_too_old()
    {
        Build("libcuda.so.1", OneDevice(11_040));
        var diagnosis = Examine(_root);
        Assert.Equal("driver-unusable", Codes(diagnosis, CudaSeverity.Problem)[0]);
        Assert.Contains("(11.4) is too old: 12.0 is the least that serves", diagnosis.Findings[0].Text, StringComparison.Ordinal);
        Assert.Empty(diagnosis.Facts.Devices);
    }

    [Theory]
    [InlineData(803, "driver-mismatch")]
    [InlineData(100, "no-device")]
    [InlineData(12345, "driver-failure")]
    public void A_driver_that_refuses_is_explained(int status, string code)
    {
        Build("libcuda.so.1", OneDevice(12_040, $"int cuInit(unsigned f) {{ return {status}; }}"));
        Assert.Equal(code, Codes(Examine(_root), CudaSeverity.Problem)[0]);
    }

    [Fact]
    public void A_library_that_is_broken_or_too_old_is_named_with_the_reason()
    {
        File.WriteAllText(Path.Combine(_root, "libcublas.so.12"), "not a library");
        BuildCudnn(8_400, 8);
        var diagnosis = Examine(_root);
        Assert.Equal(["driver-missing", "cublas-unusable", "cudnn-unusable"], Codes(diagnosis, CudaSeverity.Problem));
        Assert.Contains("libcublas.so.12 does not load: ", diagnosis.Findings[1].Text, StringComparison.Ordinal);
        Assert.Contains("(8.4.0) is too old: 8.9 is the least that serves", diagnosis.Findings[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_passed_over_for_another_is_noted()
    {
        Directory.CreateDirectory(Path.Combine(_root, "a"));
        File.WriteAllText(Path.Combine(_root, "a", "libcublas.so.12"), "not a library");
        Build("b/libcublas.so.12", FakeLibrary.Cublas(12));
        var note = Assert.Single(Examine(_root).Findings, finding => finding.Code == "cublas-rejected");
        Assert.Equal(CudaSeverity.Note, note.Severity);
        Assert.Contains("was not taken: it does not load: ", note.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_fails_on_the_device_is_a_problem_of_the_device()
    {
        Build("libcuda.so.1", OneDevice(12_040));
        BuildSet(90_100, FakeLibrary.Cublas(12).Replace("long cublasCreate_v2(void) { return 0; }", "int cublasCreate_v2(void) { return 1; }", StringComparison.Ordinal));
        var problem = Assert.Single(Examine(_root).Findings, finding => finding.Severity == CudaSeverity.Problem);
        Assert.Equal(("device-failure", 0), (problem.Code, problem.Device));
        Assert.Contains("cublasCreate_v2 gave 1 (NotInitialized)", problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nvrtc_that_fails_is_noted_and_the_rest_goes_on()
    {
        Build("libnvrtc.so.12", FakeLibrary.Nvrtc(12, 4).Replace(
            "long nvrtcGetNumSupportedArchs(void) { return 0; }", "int nvrtcGetNumSupportedArchs(int* n) { return 11; }", StringComparison.Ordinal));
        var diagnosis = Examine(_root);
        Assert.Contains("status 11", Assert.Single(diagnosis.Findings, finding => finding.Code == "nvrtc-unusable").Text, StringComparison.Ordinal);
        Assert.Empty(diagnosis.Facts.NvrtcArchitectures);
    }

    [Fact]
    public void Symbols_that_lack_are_named()
    {
        Build("libcuda.so.1", OneDevice(12_020).Replace("long cuFuncGetParamInfo", "long other", StringComparison.Ordinal));
        Assert.Contains("cuFuncGetParamInfo", Assert.Single(Examine(_root).Findings, finding => finding.Code == "driver-symbols").Text, StringComparison.Ordinal);
    }

    /// <summary>A driver with one device of 8.6, on which everything succeeds.</summary>
    private static string OneDevice(int version, string init = "int cuInit(unsigned f) { return 0; }") => FakeLibrary.Source<CudaDriverTable>(
        ("cuInit", init),
        ("cuDriverGetVersion", $"int cuDriverGetVersion(int* v) {{ *v = {version}; return 0; }}"),
        ("cuDeviceGetCount", "int cuDeviceGetCount(int* n) { *n = 1; return 0; }"),
        ("cuDeviceGet", "int cuDeviceGet(int* d, int n) { *d = n; return 0; }"),
        ("cuDeviceGetName", "int cuDeviceGetName(char* t, int n, int d) { __builtin_strcpy(t, \"Fake GPU\"); return 0; }"),
        ("cuDeviceGetPCIBusId", "int cuDeviceGetPCIBusId(char* t, int n, int d) { return 1; }"),
        ("cuDeviceTotalMem_v2", "int cuDeviceTotalMem_v2(unsigned long* b, int d) { *b = 6ul << 30; return 0; }"),
        ("cuDeviceGetAttribute", "int cuDeviceGetAttribute(int* v, int a, int d) { *v = a == 75 ? 8 : a == 76 ? 6 : a == 20 ? 0 : 28; return 0; }"));

    private void BuildSet(int cudnn, string? cublas = null)
    {
        Build("libcublas.so.12", cublas ?? FakeLibrary.Cublas(12));
        BuildCudnn(cudnn, 9);
    }

    private void BuildCudnn(int version, int major)
    {
        var main = Build($"libcudnn.so.{major}", FakeLibrary.Cudnn(version, 12_040));
        string[] parts = major == 9
            ? ["graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled"]
            : ["ops_infer", "ops_train", "cnn_infer", "cnn_train"];
        foreach (var part in parts) File.Copy(main, Path.Combine(_root, $"libcudnn_{part}.so.{major}"));
    }

    private string Build(string name, string source)
    {
        var path = Path.Combine(_root, name);
        return NativeCode.BuildOrSkip(Path.GetDirectoryName(path)!, Path.GetFileName(path), source);
    }

    private static CudaDiagnosis Examine(string directory)
    {
        var machine = new ProbeMachine(IsWindows: false, Path.Combine(directory, "no", "root"), Path.Combine(directory, "no", "program"), _ => null, AsksSystem: false);
        return CudaDoctor.Judge(CudaSurvey.Look(CudaLibraries.Find(new ProbeRequest { Directory = directory, Machine = machine }), _ => null));
    }

    private static string[] Codes(CudaDiagnosis diagnosis, CudaSeverity severity) =>
        [.. diagnosis.Findings.Where(finding => finding.Severity == severity).Select(finding => finding.Code)];
}
