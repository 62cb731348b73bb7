using System.Globalization;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <content>Devices, and the environment's variables.</content>
public sealed partial class CudaDoctor
{
    private const int Prohibited = 2;
    private const int OneProcess = 3;

    private void Judge(CudaDeviceFacts device)
    {
        var before = _findings.Count;
        if (device.Capability is not { } capability)
        {
            Problem("capability-unknown", "The driver does not tell the device's compute capability.", "Update the driver.", device.Ordinal);
            return;
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"Device {device.Ordinal} ({device.Name})");
        JudgeCapability(device.Ordinal, what, capability);
        if (device.ComputeMode == Prohibited)
        {
            Problem("compute-mode", $"{what} is closed to CUDA: its compute mode is 'Prohibited'.", $"Open it: nvidia-smi -i {device.Ordinal} -c 0.", device.Ordinal);
        }
        else if (device.ComputeMode == OneProcess)
        {
            Note("compute-mode", $"{what} serves one process at a time: its compute mode is 'Exclusive Process'.", null, device.Ordinal);
        }

        foreach (var failure in device.Failures)
        {
            Problem("device-failure", $"{what} was tried, and {failure}.", Remedy(failure), device.Ordinal);
        }

        var problems = _findings.Skip(before).Any(finding => finding.Severity == CudaSeverity.Problem);
        if (!problems && device.Working.Count > 0) Ok("device-works", $"{what} was tried and works: {string.Join(", ", device.Working)}.", device.Ordinal);
        JudgeAbilities(device.Ordinal, what, capability);
    }

    private static string Remedy(CudaCallFailure failure) => failure.Function switch
    {
        "cublasCreate_v2" => "See that the device has free memory; else install cuBLAS again, all of its files from one release.",
        "cudnnCreate" => "See that the device has free memory; else install cuDNN again, all of its files from one release and for the CUDA of cuBLAS.",
        "cuModuleLoadDataEx" => "Update the driver; see that CUDA_DISABLE_PTX_JIT is not set.",
        _ => "See what nvidia-smi says of the device, and whether another process holds it or its memory.",
    };

    private void JudgeCapability(int ordinal, string what, Version capability)
    {
        if (capability < CudaSupport.KernelsLeast)
        {
            Problem(
                "capability-too-low",
                $"{what} has compute capability {capability}, and the kernels need {CudaSupport.KernelsLeast} or newer.",
                "Use a newer GPU (Pascal of 2016 or later), or the CPU device.",
                ordinal);
        }

        if (_facts[CudaLibrary.Cublas].Version is { } cublas && capability < CudaSupport.CublasLeast(cublas))
        {
            Problem(
                "cublas-dropped-capability",
                $"{what} has compute capability {capability}, and cuBLAS {cublas} runs on {CudaSupport.CublasLeast(cublas)} or newer.",
                "Install cuBLAS and cuDNN for CUDA 12: the last that runs older GPUs (pip install nvidia-cublas-cu12 \"nvidia-cudnn-cu12<9.11\").",
                ordinal);
        }

        if (_facts[CudaLibrary.Cudnn] is not { Version: { } cudnn } library) return;
        var least = CudaSupport.CudnnLeast(cudnn, library.CudaVersion);
        if (capability < least)
        {
            Problem(
                "cudnn-dropped-capability",
                $"{what} has compute capability {capability}, which cuDNN {cudnn} has dropped: it runs on {least} or newer.",
                "Install cuDNN 9.10.2 for CUDA 12, the last that runs GPUs before Turing (pip install \"nvidia-cudnn-cu12<9.11\").",
                ordinal);
        }

        // Within a major version code for an older minor one runs as it is.
        if (_facts.CudnnNewestCapability is { } newest && capability.Major > newest.Major)
        {
            var text = $"{what} has compute capability {capability}, and the newest that cuDNN {cudnn} knows is {newest}.";
            // cuDNN 9 brings PTX for GPUs to come, for a part of what it does (release notes of cuDNN 9.0.0, "hardware forward compatible").
            if (cudnn.Major < 9) Problem("cudnn-unknown-capability", text, "Install a newer cuDNN.", ordinal);
            else Note("cudnn-unknown-capability", text + " It may lack algorithms there, or be slow at first.", "Install a newer cuDNN.", ordinal);
        }
    }

    private void JudgeAbilities(int ordinal, string what, Version capability)
    {
        if (capability < CudaSupport.Tf32AndBfloat16Least && capability >= CudaSupport.KernelsLeast)
        {
            Note(
                "no-tf32-bf16",
                $"{what} has compute capability {capability}: TF32 and bfloat16 need {CudaSupport.Tf32AndBfloat16Least}. Float32 and float16 work.",
                null,
                ordinal);
        }

        var architecture = (10 * capability.Major) + capability.Minor;
        if (_facts.NvrtcArchitectures.Count > 0 && !_facts.NvrtcArchitectures.Contains(architecture))
        {
            Note(
                "nvrtc-architecture",
                $"NVRTC {_facts[CudaLibrary.Nvrtc].Version} does not compile for sm_{architecture}, which {what} is: the PTX that ships is used, which the driver compiles.",
                $"For kernels compiled for this GPU install an NVRTC that knows it: this one knows sm_{_facts.NvrtcArchitectures.Min()} to sm_{_facts.NvrtcArchitectures.Max()}.",
                ordinal);
        }
    }

    private void JudgeVariables()
    {
        foreach (var (name, value) in _facts.Environment)
        {
            var meaning = (name, value) switch
            {
                ("NVIDIA_TF32_OVERRIDE", "0") => "cuBLAS and cuDNN never round to TF32, whatever precision is asked for.",
                ("NVIDIA_TF32_OVERRIDE", _) => "cuBLAS and cuDNN may round to TF32 even where float32 was asked for. Unset it for float32 throughout.",
                ("CUDA_VISIBLE_DEVICES", _) => "the driver shows these devices only, numbered anew from 0.",
                ("CUDA_LAUNCH_BLOCKING", "0") => "launches are asynchronous, as they are without it.",
                ("CUDA_LAUNCH_BLOCKING", _) => "every launch waits for its kernel, which is slow: good for finding errors, not for timing.",
                ("CUDA_DISABLE_PTX_JIT", "0") => "the driver compiles PTX, as it does without it.",
                ("CUDA_DISABLE_PTX_JIT", _) => "the driver compiles no PTX: without NVRTC the kernels do not load. Unset it.",
                ("NVTX_INJECTION64_PATH", _) => "a profiler is told of ranges through this library.",
                _ => "libraries are looked for there first.",
            };
            Note("variable", $"{name} is '{value}': {meaning}");
        }
    }
}
