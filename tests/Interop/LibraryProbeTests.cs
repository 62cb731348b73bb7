using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.Interop.Probing;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>The search for libraries, on a machine of the test's own: a folder, its own environment variables, and libraries built by gcc.</summary>
public sealed class LibraryProbeTests : IDisposable
{
    private static readonly string[] s_sublibraries9 = ["graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled"];

    private readonly string _root = Directory.CreateTempSubdirectory().FullName;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Where_there_is_nothing_the_message_names_every_name_and_place_and_what_to_install()
    {
        _variables["LD_LIBRARY_PATH"] = "/nowhere/lib:relative";
        _variables["ALEXNETCUDA_LIBRARIES"] = At("named");
        var exception = Assert.Throws<LibraryLoadException>(() => CudaLibraries.Load(Request(At("given"))));
        Assert.Equal(3, exception.Reports.Count);
        Assert.All(
            [
                "The CUDA driver was not found.", "cuBLAS was not found.", "cuDNN was not found.",
                "libcuda.so.1", "libcublas.so.13, libcublas.so.12", "libcudnn.so.9, libcudnn.so.8",
                $"{At("given")} and below", $"ALEXNETCUDA_LIBRARIES = {At("named")} and below", At("program"), "LD_LIBRARY_PATH: /nowhere/lib",
                At("usr/lib/wsl/lib"), At("usr/local/cuda-*/lib64"), At("opt/cuda/lib64"), At("usr/lib64"), "nvidia/cudnn/lib", "nvidia/cu13/lib",
                "Install NVIDIA's driver", "pip install nvidia-cublas-cu12", "pip install nvidia-cudnn-cu12", "set ALEXNETCUDA_LIBRARIES",
            ],
            text => Assert.Contains(text, exception.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("relative", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_that_serve_are_loaded_and_reported_with_their_versions()
    {
        var folder = At("given/deep");
        Build(folder, "libcuda.so.1", FakeLibrary.Driver(12040));
        BuildSet(folder, 12, cudnn: 90100);
        Build(folder, "libcublasLt.so.12", FakeLibrary.CublasLt(12));
        Build(folder, "libnvrtc.so.12", FakeLibrary.Nvrtc(12, 4));
        var libraries = CudaLibraries.Load(Request(At("given")));
        Assert.NotNull(libraries.BlasLt);
        Assert.Equal(90100u, libraries.Dnn.GetVersion());
        var report = CudaLibraries.Probe(Request(At("given")));
        Assert.True(report.IsUsable);
        Assert.Equal(["12.4", "12.4.5", "12.4.5", "9.1.0", "12.4"], report.All.Select(one => one.Taken!.Version!.ToString()));
        Assert.All(report.All, one => Assert.StartsWith(folder, one.Taken!.Path, StringComparison.Ordinal));
        Assert.All(report.All, one => Assert.Empty(one.Taken!.MissingSymbols));
        Assert.Equal(new Version(12, 4), report.Dnn.Taken!.CudaVersion);
    }

    [Fact]
    public void Without_cublaslt_the_device_can_still_be_built()
    {
        Build(At("given"), "libcuda.so.1", FakeLibrary.Driver(13000));
        BuildSet(At("given"), 13, cudnn: 91300);
        Assert.Null(CudaLibraries.Load(Request(At("given"))).BlasLt);
    }

    [Fact]
    public void Places_come_in_their_order()
    {
        _variables["ALEXNETCUDA_LIBRARIES"] = At("named");
        _variables["LD_LIBRARY_PATH"] = $"{At("path1")}:{At("path2")}";
        _variables["CUDA_PATH"] = At("toolkit");
        _variables["VIRTUAL_ENV"] = At("venv");
        _variables["HOME"] = At("home");
        string[] places =
        [
            "given/below", "named", "program", "path1", "path2", "toolkit/lib64", "usr/local/cuda/lib64", "usr/local/cuda-12.10/lib64", "usr/local/cuda-12.9/lib64",
            "opt/cuda/lib64", "usr/lib64", "venv/lib/python3.11/site-packages/nvidia/cublas/lib", "home/.local/lib/python3.12/site-packages/nvidia/cublas/lib",
        ];
        foreach (var place in places)
        {
            Build(At(place), "libcublas.so.12", FakeLibrary.Cublas(12));
        }

        foreach (var place in places)
        {
            var (report, library) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("given")));
            Assert.Equal(Path.Combine(At(place), "libcublas.so.12"), report.Taken?.Path);
            Assert.Equal(report.Taken!.Path, library!.Path);
            File.Delete(report.Taken.Path);
        }

        Assert.False(LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("given"))).Report.IsUsable);
    }

    [Fact]
    public void On_windows_places_and_names_are_those_of_windows()
    {
        _variables["PATH"] = At("path");
        _variables["CUDA_PATH"] = At("toolkit");
        _variables["ProgramFiles"] = At("programs");
        _variables["APPDATA"] = At("roaming");
        string[] places =
        [
            "path", "toolkit/bin", "toolkit/bin/x64", "programs/NVIDIA GPU Computing Toolkit/CUDA/v13.0/bin/x64",
            "roaming/Python/Python312/site-packages/nvidia/cu13/bin/x86_64",
        ];
        foreach (var place in places)
        {
            Build(At(place), "cublas64_13.dll", FakeLibrary.Cublas(13));
        }

        var request = Request(null);
        request = request with { Machine = request.Machine with { IsWindows = true } };
        foreach (var place in places)
        {
            var (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, request);
            Assert.Equal(Path.Combine(At(place), "cublas64_13.dll"), report.Taken?.Path);
            File.Delete(report.Taken!.Path);
        }

        var missing = CudaLibraries.Probe(request);
        Assert.Contains("nvcuda.dll", missing.Driver.ToString(), StringComparison.Ordinal);
        Assert.Contains("cudnn64_9.dll, cudnn64_8.dll", missing.Dnn.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_and_one_for_another_processor_are_reported_with_the_loaders_reason_and_passed_over()
    {
        Write(At("given/a/libcublas.so.12"), "not a library");
        var foreign = Build(At("given/b"), "libcublas.so.12", FakeLibrary.Cublas(12));
        using (var file = File.OpenWrite(foreign))
        {
            file.Position = 18;   // the machine in an ELF header
            file.WriteByte(0x2B); // SPARC, which runs no .NET
        }

        var (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("given")));
        Assert.False(report.IsUsable);
        Assert.Equal([At("given/a/libcublas.so.12"), foreign], report.Rejected.Select(one => one.Path));
        Assert.All(report.Rejected, one => Assert.StartsWith($"does not load: {one.Path}: ", one.Problem, StringComparison.Ordinal));
        Assert.Contains("cuBLAS was found, but not one that can be used.", report.ToString(), StringComparison.Ordinal);
        Assert.Contains(report.Rejected[0].Problem!, report.ToString(), StringComparison.Ordinal);

        Build(At("given/c"), "libcublas.so.12", FakeLibrary.Cublas(12));
        (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("given")));
        Assert.Equal(At("given/c/libcublas.so.12"), report.Taken?.Path);
        Assert.Equal(2, report.Rejected.Count);
    }

    [Fact]
    public void A_library_that_lacks_functions_is_passed_over_and_they_are_named()
    {
        Build(At("given"), "libcublas.so.12", FakeLibrary.Source<CublasTable>(("cublasGemmEx", ""), ("cublasSetMathMode", "")));
        var (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("given")));
        var one = Assert.Single(report.Rejected);
        Assert.Equal(["cublasSetMathMode", "cublasGemmEx"], one.MissingSymbols);
        Assert.StartsWith("is too old", one.Problem, StringComparison.Ordinal);   // its version, which is 0.0.0, says more

        Build(At("empty"), "libcublas.so.12", "int nothing;");
        (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, Request(At("empty")));
        Assert.Contains("lacks cublasCreate_v2, cublasDestroy_v2", Assert.Single(report.Rejected).Problem, StringComparison.Ordinal);
        Assert.Contains(At("empty/libcublas.so.12") + " lacks", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_be_done_without_is_reported_and_no_reason_to_pass_a_library_over()
    {
        Build(At("given"), "libcuda.so.1", FakeLibrary.Driver(12000).Replace("long cuFuncGetParamInfo", "long other", StringComparison.Ordinal));
        var (report, _) = LibraryProbe.Find(CudaLibraryDescriptions.Driver, Request(At("given")));
        Assert.Equal(["cuFuncGetParamInfo"], report.Taken!.MissingSymbols);
    }

    [Fact]
    public void A_version_that_is_too_old_is_passed_over()
    {
        Build(At("given/a"), "libcuda.so.1", FakeLibrary.Driver(11080));
        BuildCudnn(At("given/a"), 8, 8400, 11060);
        Build(At("given/a"), "libcublas.so.12", FakeLibrary.Cublas(11));
        var report = CudaLibraries.Probe(Request(At("given")));
        Assert.All([report.Driver, report.Blas, report.Dnn], one => Assert.Contains("is too old", Assert.Single(one.Rejected).Problem, StringComparison.Ordinal));
        Assert.Contains("(11.8) is too old: 12.0 is the least that serves", report.Driver.ToString(), StringComparison.Ordinal);
        Assert.Contains("(8.4.0) is too old: 8.9", report.Dnn.ToString(), StringComparison.Ordinal);

        Build(At("given/b"), "libcuda.so.1", FakeLibrary.Driver(12020));
        Assert.Equal(new Version(12, 2), CudaLibraries.Probe(Request(At("given"))).Driver.Taken!.Version);
    }

    [Fact]
    public void The_toolkits_stub_is_no_driver()
    {
        Build(At("given"), "libcuda.so.1", FakeLibrary.Driver(0, status: 34));
        Assert.Contains("stub", Assert.Single(CudaLibraries.Probe(Request(At("given"))).Driver.Rejected).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Cudnn_without_its_sublibraries_is_not_called()
    {
        BuildCudnn(At("given"), 9, 90100, 12040);
        File.Delete(At("given/libcudnn_cnn.so.9"));
        var report = CudaLibraries.Probe(Request(At("given"))).Dnn;
        Assert.Equal("needs libcudnn_cnn.so.9 beside it, which is not there", Assert.Single(report.Rejected).Problem);

        Write(At("given/libcudnn_cnn.so.9"), "garbage");
        report = CudaLibraries.Probe(Request(At("given"))).Dnn;
        Assert.StartsWith("needs libcudnn_cnn.so.9, which does not load: ", Assert.Single(report.Rejected).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13000, true, 13)]
    [InlineData(13000, false, 12)]   // cuDNN is there for 12 alone
    [InlineData(12040, true, 12)]    // the driver takes no 13
    public void Cublas_and_cudnn_are_of_one_cuda_version_that_the_driver_takes_and_the_newest_such(int driver, bool cudnnOf13, int expected)
    {
        Build(At("given"), "libcuda.so.1", FakeLibrary.Driver(driver));
        BuildSet(At("given/twelve"), 12, cudnn: 90100);
        BuildSet(At("given/thirteen"), 13, cudnn: 91300);
        if (!cudnnOf13)
        {
            File.Delete(At("given/thirteen/libcudnn.so.9"));
        }

        Build(At("given/thirteen"), "libnvrtc.so.13", FakeLibrary.Nvrtc(13, 0));
        Build(At("given/twelve"), "libnvrtc.so.12", FakeLibrary.Nvrtc(12, 4));
        var report = CudaLibraries.Probe(Request(At("given")));
        Assert.Equal([expected, expected], new[] { report.Blas, report.Dnn }.Select(one => one.Taken!.CudaVersion!.Major));
        Assert.Equal(driver / 1000, report.Nvrtc.Taken!.Version!.Major);
    }

    [Fact]
    public void What_is_too_new_for_the_driver_is_said_to_be()
    {
        Build(At("given"), "libcuda.so.1", FakeLibrary.Driver(12040));
        BuildSet(At("given"), 13, cudnn: 91300);
        var message = Assert.Throws<LibraryLoadException>(() => CudaLibraries.Load(Request(At("given")))).Message;
        Assert.Contains("libcublas.so.13 is of CUDA 13, and the driver takes CUDA 12.4 at most", message, StringComparison.Ordinal);
        Assert.Contains("(9.13.0) is of CUDA 13", message, StringComparison.Ordinal);
        Assert.DoesNotContain("The CUDA driver", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_finds_the_one_it_is_linked_to_beside_it()
    {
        // Not under cublasLt's name: the process would take it for the real one whenever that is asked for.
        var light = Build(At("given"), "libcompanion.so.12", FakeLibrary.CublasLt(12), "-Wl,-soname,libcompanion.so.12");
        Build(At("given"), "libdependent.so.12", "extern int cublasLtCreate(void); int use(void) { return cublasLtCreate(); }" + FakeLibrary.Cublas(12), light);
        var alone = CudaLibraryDescriptions.Cublas with { LinuxNames = [new LibraryName("libdependent.so.12", 12)] };
        Assert.Contains("libcompanion.so.12: cannot open", LibraryProbe.Find(alone, Request(At("given"))).Report.ToString(), StringComparison.Ordinal);
        var withIt = alone with { LinuxNames = [new LibraryName("libdependent.so.12", 12, new Companion("libcompanion.so.12", "", Required: false))] };
        Assert.True(LibraryProbe.Find(withIt, Request(At("given"))).Report.IsUsable);
    }

    [Fact]
    public void Nvrtc_is_the_oldest_for_images_that_travel_and_the_newest_for_the_driver_at_hand()
    {
        Build(At("given"), "libnvrtc.so.11.2", FakeLibrary.Nvrtc(11, 8));
        Build(At("given"), "libnvrtc.so.12", FakeLibrary.Nvrtc(12, 9));
        Build(At("given"), "libnvrtc.so.13", FakeLibrary.Nvrtc(13, 0));
        Assert.Equal(new Version(11, 8), NvrtcLibrary.Load(At("given")).Version);
        Assert.Equal(new Version(12, 9), NvrtcLibrary.Load(At("given"), new Version(12, 4)).Version);
        Assert.Equal(new Version(13, 0), NvrtcLibrary.Load(At("given"), new Version(13, 1)).Version);
    }

    [Fact]
    public void What_the_systems_loader_finds_is_reported_with_its_full_path()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the C library has this name on Linux");
        var description = CudaLibraryDescriptions.Driver with
        {
            LinuxNames = [new LibraryName("libnothing_of_the_kind.so.7", 0), new LibraryName("libc.so.6", 0)],
            Entries = [new EntryPointAttribute("malloc")],
            Inspect = _ => new LibraryFacts(new Version(12, 5), null),
        };
        var request = Request(null);
        var (report, _) = LibraryProbe.Find(description, request with { Machine = request.Machine with { AsksSystem = true } });
        Assert.Empty(report.Rejected);
        Assert.True(Path.IsPathRooted(report.Taken!.Path), report.Taken.Path);
        Assert.Contains("libc", Path.GetFileName(report.Taken.Path), StringComparison.Ordinal);
    }

    private static string Build(string folder, string name, string source, params string[] options) => NativeCode.BuildOrSkip(folder, name, source, options);

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static void BuildCudnn(string folder, int major, int version, int cuda)
    {
        var main = Build(folder, $"libcudnn.so.{major}", FakeLibrary.Cudnn(version, cuda));
        foreach (var sublibrary in major == 9 ? s_sublibraries9 : ["ops_infer", "ops_train", "cnn_infer", "cnn_train"])
        {
            File.Copy(main, Path.Combine(folder, $"libcudnn_{sublibrary}.so.{major}"), overwrite: true);
        }
    }

    private static void BuildSet(string folder, int cuda, int cudnn)
    {
        Build(folder, $"libcublas.so.{cuda}", FakeLibrary.Cublas(cuda));
        BuildCudnn(folder, 9, cudnn, (cuda * 1000) + 40);
    }

    private string At(string path) => Path.Combine(_root, path);

    private ProbeRequest Request(string? directory) => new()
    {
        Directory = directory,
        Machine = new ProbeMachine(IsWindows: false, _root, At("program"), name => _variables.GetValueOrDefault(name), AsksSystem: false),
    };
}
