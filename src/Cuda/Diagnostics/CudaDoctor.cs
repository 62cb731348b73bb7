using System.Globalization;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>Judges what a look at a machine gave: what can't work and how to mend it, what is worth knowing, and whether the CUDA device can run.</summary>
public sealed partial class CudaDoctor
{
    private readonly CudaFacts _facts;
    private readonly List<CudaFinding> _findings = [];

    private CudaDoctor(CudaFacts facts) => _facts = facts;

    /// <summary>Judges.</summary>
    /// <param name="facts">What <see cref="CudaSurvey"/> saw.</param>
    public static CudaDiagnosis Judge(CudaFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return new CudaDoctor(facts).Judge();
    }

    private CudaDiagnosis Judge()
    {
        Judge(_facts[CudaLibrary.Driver]);
        JudgeDriver();
        foreach (var library in _facts.Libraries.Where(one => one.Library != CudaLibrary.Driver)) Judge(library);
        if (_facts.NvrtcProblem is { } problem) Note("nvrtc-unusable", $"NVRTC does not work: {problem} The PTX that ships is used.", _facts[CudaLibrary.Nvrtc].Search?.Advice);
        JudgeCombinations();
        foreach (var device in _facts.Devices) Judge(device);
        JudgeVariables();
        // The order among equals is that of the search, so the first problem is the first to mend.
        CudaFinding[] findings = [.. _findings.OrderByDescending(finding => finding.Severity)];
        var (chosen, reason) = Choose(findings);
        return new CudaDiagnosis(_facts, findings, chosen, reason);
    }

    private (int? Device, string Reason) Choose(CudaFinding[] findings)
    {
        CudaFinding[] problems = [.. findings.Where(finding => finding.Severity == CudaSeverity.Problem)];
        CudaFinding[] common = [.. problems.Where(problem => problem.Device is null)];
        var usable = common.Length == 0 ? _facts.Devices.FirstOrDefault(device => problems.All(problem => problem.Device != device.Ordinal)) : null;
        if (usable is not null)
        {
            return (usable.Ordinal, $"device {usable.Ordinal} ({usable.Name}), cuBLAS {_facts[CudaLibrary.Cublas].Version} and cuDNN {_facts[CudaLibrary.Cudnn].Version} work");
        }

        var first = common.FirstOrDefault() ?? problems[0];
        var more = problems.Length - 1;
        var rest = more == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (and {more} more problem{(more == 1 ? "" : "s")})");
        return (null, first.Text.TrimEnd('.') + rest);
    }

    private void Judge(CudaLibraryFacts library)
    {
        if (library.Search is not { } search)
        {
            // It was given, not searched for: what can't be done without must answer.
            if (!library.IsUsable && library.Library is (CudaLibrary.Driver or CudaLibrary.Cublas or CudaLibrary.Cudnn))
            {
                Problem($"{Code(library.Library)}-unusable", $"{library.Name} does not tell its version.");
            }

            return;
        }

        if (search.Taken is not { } taken)
        {
            Lacks(library, search);
            return;
        }

        if (taken.MissingSymbols.Count > 0)
        {
            Note($"{Code(library.Library)}-symbols", $"{library.Name} {taken.Version} lacks {string.Join(", ", taken.MissingSymbols)}, which can be done without.");
        }

        foreach (var rejected in search.Rejected)
        {
            Note(
                $"{Code(library.Library)}-rejected",
                $"{Named(rejected)} was not taken: it {rejected.Problem}.",
                "Nothing need be done: another was taken. Remove it, or put the directory of the right one first.");
        }
    }

    private void Lacks(CudaLibraryFacts library, LibraryReport search)
    {
        var found = search.Rejected.Count > 0;
        var text = found
            ? $"{search.Title} was found, but not one that can be used: {string.Join("; ", search.Rejected.Select(one => $"{Named(one)} {one.Problem}"))}."
            : $"{search.Title} was not found.";
        var code = $"{Code(library.Library)}-{(found ? "unusable" : "missing")}";
        var instead = library.Library switch
        {
            CudaLibrary.CublasLt => " Products are then finished by our own kernels.",
            CudaLibrary.Nvrtc => " The PTX that ships is then used, which the driver compiles for the device.",
            _ => null,
        };
        if (instead is null) Problem(code, text, search.Advice);
        else Note(code, text + instead, search.Advice);
    }

    private void JudgeDriver()
    {
        if (_facts.DriverFailure is { } failure)
        {
            var (code, remedy) = Remedy(failure.Status);
            Problem(code, $"The driver gives no access to a device: {failure}.", remedy);
        }
        else if (_facts[CudaLibrary.Driver].IsUsable && _facts.Devices.Count == 0)
        {
            var (_, remedy) = Remedy((int)CUresult.ErrorNoDevice);
            Problem("no-device", "The driver works, and knows no device.", remedy);
        }

        if (_facts[CudaLibrary.Driver].CudaVersion is not { } takes) return;
        var needed = CudaSupport.DriverForPtx(_facts.PtxVersion);
        if (takes < needed)
        {
            Problem(
                "driver-too-old-for-ptx",
                $"The driver takes CUDA {takes} at most, and the kernels' PTX {_facts.PtxVersion} needs a driver of CUDA {needed} or newer.",
                $"Update the driver: branch {CudaSupport.DriverBranch(12)} or newer, https://www.nvidia.com/drivers.");
        }
    }

    private (string Code, string Remedy) Remedy(int status) => (CUresult)status switch
    {
        CUresult.ErrorNoDevice => ("no-device", _facts.Environment.TryGetValue("CUDA_VISIBLE_DEVICES", out var visible)
            ? $"CUDA_VISIBLE_DEVICES is '{visible}': unset it, or name devices that are there. Else see whether nvidia-smi lists a GPU."
            : "See whether nvidia-smi lists a GPU. In a container, start it with the GPU (docker run --gpus all); in WSL, install the driver on Windows, not in WSL."),
        CUresult.ErrorSystemDriverMismatch => ("driver-mismatch", "The driver's library and its kernel module are of different versions, as after an update: restart the machine. In a container, the driver's library must be the host's."),
        CUresult.ErrorCompatNotSupportedOnDevice => ("driver-compatibility", "A forward compatibility package is in use, which this GPU does not support: take it (cuda-compat) off the library path, and update the driver."),
        CUresult.ErrorSystemNotReady => ("driver-not-ready", "The system is not ready for CUDA: on NVSwitch machines see that nvidia-fabricmanager runs and is of the driver's version."),
        CUresult.ErrorStubLibrary => ("driver-stub", "This is the toolkit's stub to link against: take its folder (lib64/stubs) off the library path."),
        CUresult.ErrorDeviceUnavailable => ("device-unavailable", "Another process holds the device for itself: wait for it, or ask for the compute mode 'Default' (nvidia-smi -c 0)."),
        CUresult.ErrorOperatingSystem => ("driver-refused", "The system refused the driver: see that this user may use /dev/nvidia*, and in a container that it has them."),
        CUresult.ErrorUnknown => ("driver-failure", "The driver does not say more: see that its kernel module is loaded (nvidia-smi; nvidia-modprobe -u -c=0), and restart the machine after an update or a long sleep."),
        CUresult.ErrorOutOfMemory => ("driver-memory", "There is too little memory for the driver: end other programs."),
        _ => ("driver-failure", "See what nvidia-smi says; restart the machine after an update of the driver; else install the driver again: https://www.nvidia.com/drivers."),
    };

    private void JudgeCombinations()
    {
        var takes = _facts[CudaLibrary.Driver].CudaVersion;
        foreach (var library in new[] { _facts[CudaLibrary.Cublas], _facts[CudaLibrary.Cudnn] })
        {
            if (takes is not null && library is { Version: { } version, CudaVersion: { } cuda } && takes.Major < cuda.Major)
            {
                Problem(
                    $"driver-too-old-for-{Code(library.Library)}",
                    $"{library.Name} {version} is of CUDA {cuda.Major}, and the driver takes CUDA {takes} at most.",
                    $"Update the driver (branch {CudaSupport.DriverBranch(cuda.Major)} or newer for CUDA {cuda.Major}), or install {library.Name} for CUDA {takes.Major}.");
            }
        }

        if (_facts[CudaLibrary.Cublas] is { Version: { } cublas, CudaVersion: { } ofBlas } && _facts[CudaLibrary.Cudnn] is { Version: { } cudnn, CudaVersion: { } ofDnn }
            && ofBlas.Major != ofDnn.Major)
        {
            Problem(
                "cuda-majors-differ",
                $"cuDNN {cudnn} was built for CUDA {ofDnn.Major}, and cuBLAS {cublas} is of CUDA {ofBlas.Major}: they can't work in one process.",
                $"Install cuDNN for CUDA {ofBlas.Major} (pip install nvidia-cudnn-cu{ofBlas.Major}).");
        }
    }

    private static string Code(CudaLibrary library) => library switch
    {
        CudaLibrary.CublasLt => "cublaslt",
        CudaLibrary.Cudnn => "cudnn",
        CudaLibrary.Cublas => "cublas",
        CudaLibrary.Nvrtc => "nvrtc",
        _ => "driver",
    };

    private static string Named(LibraryCandidate candidate) => candidate.Version is null ? candidate.Path : $"{candidate.Path} ({candidate.Version})";

    private void Problem(string code, string text, string? remedy = null, int? device = null) =>
        _findings.Add(new CudaFinding(CudaSeverity.Problem, code, text, remedy, device));

    private void Note(string code, string text, string? remedy = null, int? device = null) =>
        _findings.Add(new CudaFinding(CudaSeverity.Note, code, text, remedy, device));

    private void Ok(string code, string text, int? device = null) => _findings.Add(new CudaFinding(CudaSeverity.Ok, code, text, null, device));
}
