using System.Runtime.InteropServices;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>Texts of native libraries.</summary>
internal static unsafe class Texts
{
    internal static string Read(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

/// <summary>
/// Asks a device for what it is, and does on it what every run begins with: a context, a kernel's module, a handle of cuBLAS and
/// of cuDNN. What the tables say can't work is not tried: it would only fail less clearly.
/// </summary>
internal sealed unsafe class DeviceTrial(CudaFacts facts, ICudaDriver driver, ICublas? blas, ICudnn? dnn)
{
    private const string SmallModule = "fill";
    private const int TextBytes = 256;
    private const int Prohibited = 2;

    private readonly List<CudaCallFailure> _failures = [];
    private readonly List<string> _working = [];

    internal CudaDeviceFacts Run(int ordinal)
    {
        int device;
        if (Fails("cuDeviceGet", driver.DeviceGet(&device, ordinal))) return new CudaDeviceFacts(ordinal) { Failures = _failures };
        var described = Describe(ordinal, device);
        nuint free = 0;
        if (described.Capability >= CudaSupport.KernelsLeast && described.ComputeMode != Prohibited)
        {
            CUcontext context;
            if (!Fails("cuDevicePrimaryCtxRetain", driver.DevicePrimaryCtxRetain(&context, device)))
            {
                if (!Fails("cuCtxPushCurrent_v2", driver.CtxPushCurrent(context)))
                {
                    nuint total = 0;
                    if (Fails("cuMemGetInfo_v2", driver.MemGetInfo(&free, &total))) free = 0;
                    else _working.Add("a context");
                    TryKernels();
                    TryBlas(described.Capability);
                    TryDnn(described.Capability);
                    Fails("cuCtxPopCurrent_v2", driver.CtxPopCurrent(&context));
                }

                Fails("cuDevicePrimaryCtxRelease_v2", driver.DevicePrimaryCtxRelease(device));
            }
        }

        return described with { FreeBytes = free == 0 ? null : (long)free, Working = _working, Failures = _failures };
    }

    private CudaDeviceFacts Describe(int ordinal, int device)
    {
        var text = stackalloc byte[TextBytes];
        var name = Fails("cuDeviceGetName", driver.DeviceGetName(text, TextBytes, device)) ? "" : Texts.Read(text);
        var bus = driver.DeviceGetPciBusId(text, TextBytes, device) == CUresult.Success ? Texts.Read(text) : null;
        nuint memory = 0;
        var hasMemory = !Fails("cuDeviceTotalMem_v2", driver.DeviceTotalMem(&memory, device));
        var major = Attribute(CUdeviceAttribute.ComputeCapabilityMajor, device);
        var minor = Attribute(CUdeviceAttribute.ComputeCapabilityMinor, device);
        return new CudaDeviceFacts(ordinal)
        {
            Name = name,
            Capability = major is { } before && minor is { } after ? new Version(before, after) : null,
            MemoryBytes = hasMemory ? (long)memory : null,
            Multiprocessors = Attribute(CUdeviceAttribute.MultiprocessorCount, device),
            ClockKilohertz = Attribute(CUdeviceAttribute.ClockRate, device),
            MemoryClockKilohertz = Attribute(CUdeviceAttribute.MemoryClockRate, device),
            MemoryBusBits = Attribute(CUdeviceAttribute.GlobalMemoryBusWidth, device),
            L2Bytes = Attribute(CUdeviceAttribute.L2CacheSize, device),
            PciBusId = bus,
            ComputeMode = Attribute(CUdeviceAttribute.ComputeMode, device),
        };
    }

    private int? Attribute(CUdeviceAttribute attribute, int device)
    {
        int value = 0;
        return driver.DeviceGetAttribute(&value, attribute, device) == CUresult.Success ? value : null;
    }

    private void TryKernels()
    {
        if (facts[CudaLibrary.Driver].CudaVersion is { } takes && takes < CudaSupport.DriverForPtx(facts.PtxVersion)) return;
        byte[] image = KernelImage.Shipped(SmallModule).Data;
        CUmodule module;
        fixed (byte* first = image)
        {
            if (Fails("cuModuleLoadDataEx", driver.ModuleLoadDataEx(&module, first, 0, null, null))) return;
        }

        if (!Fails("cuModuleUnload", driver.ModuleUnload(module))) _working.Add("a kernel's module");
    }

    private void TryBlas(Version? capability)
    {
        if (blas is null || facts[CudaLibrary.Cublas].Version is not { } version || capability < CudaSupport.CublasLeast(version)) return;
        CublasHandle handle;
        if (!Works("cublasCreate_v2", blas.Create(&handle))) return;
        if (Works("cublasDestroy_v2", blas.Destroy(handle))) _working.Add("a handle of cuBLAS");

        bool Works(string function, CublasStatus status)
        {
            if (status == CublasStatus.Success) return true;
            var text = blas.GetStatusString(status);
            _failures.Add(new CudaCallFailure(function, (int)status, text is null ? status.ToString() : Texts.Read(text)));
            return false;
        }
    }

    private void TryDnn(Version? capability)
    {
        var library = facts[CudaLibrary.Cudnn];
        if (dnn is null || library.Version is null || capability < CudaSupport.CudnnLeast(library.Version, library.CudaVersion)) return;
        CudnnHandle handle;
        if (!Works("cudnnCreate", dnn.Create(&handle))) return;
        if (Works("cudnnDestroy", dnn.Destroy(handle))) _working.Add("a handle of cuDNN");

        bool Works(string function, CudnnStatus status)
        {
            if (status == CudnnStatus.Success) return true;
            var name = dnn.GetErrorString(status);
            var text = stackalloc byte[TextBytes];
            text[0] = 0;
            dnn.GetLastErrorString(text, TextBytes);
            var words = string.Join(": ", new[] { name is null ? status.ToString() : Texts.Read(name), Texts.Read(text) }.Where(part => part.Length > 0));
            _failures.Add(new CudaCallFailure(function, (int)status, words));
            return false;
        }
    }

    private bool Fails(string function, CUresult status)
    {
        if (CudaSurvey.Failure(driver, function, status) is not { } failure) return false;
        _failures.Add(failure);
        return true;
    }
}
