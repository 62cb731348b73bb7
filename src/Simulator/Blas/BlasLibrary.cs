using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>What cuBLAS and cublasLt have in common: one version, one set of statuses, and the same GPUs.</summary>
/// <param name="core">The simulated driver.</param>
internal sealed unsafe class BlasLibrary(ISimulatorCore core)
{
    internal ISimulatorCore Core => core;

    /// <summary>The version's first part.</summary>
    internal int Major => core.Options.CublasVersion / 10_000;

    /// <summary>The version of CUDA it was built with. Its patches are not known here.</summary>
    internal int CudaVersion => (Major * 1000) + (core.Options.CublasVersion / 100 % 100 * 10);

    /// <summary>Whether a trace wants arguments; else nobody need put them into words.</summary>
    internal bool Traces => core.Options.Trace is not null;

    /// <summary>A handle as traces print it.</summary>
    internal static string Name(nint handle) => HandleTable.Number(handle);

    /// <summary>Handles as traces print them, one after the other.</summary>
    internal static string Names(params ReadOnlySpan<nint> handles)
    {
        string text = Name(handles[0]);
        foreach (nint handle in handles[1..]) text += $", {Name(handle)}";
        return text;
    }

    /// <summary>The gate that each function passes first.</summary>
    internal bool Fails(string function, string arguments, out CublasStatus status)
    {
        bool fails = core.Fails(function, arguments, out int number);
        status = (CublasStatus)number;
        return fails;
    }

    /// <summary>One part of the version, for the function of either library that asks for it.</summary>
    internal CublasStatus Property(string function, LibraryProperty type, int* value)
    {
        if (Fails(function, Traces ? $"{type}" : "", out CublasStatus status)) return status;
        if (value is null) return CublasStatus.InvalidValue;
        int version = core.Options.CublasVersion;
        switch (type)
        {
            case LibraryProperty.MajorVersion:
                *value = version / 10_000;
                return CublasStatus.Success;
            case LibraryProperty.MinorVersion:
                *value = version / 100 % 100;
                return CublasStatus.Success;
            case LibraryProperty.PatchLevel:
                *value = version % 100;
                return CublasStatus.Success;
            default:
                return CublasStatus.InvalidValue;
        }
    }

    /// <summary>
    /// The GPU a new handle is for. NotInitialized where the driver is of an older major version than the library, without a
    /// context, and after a sticky error; ArchMismatch for a GPU that the library has no code for; AllocFailed during a capture, as
    /// memory of the device is allocated.
    /// </summary>
    internal CublasStatus Open(out SimulatedGpu? gpu)
    {
        gpu = null;
        if (core.Options.DriverVersion / 1000 < Major) return CublasStatus.NotInitialized;
        if (core.Current(out gpu) != CUresult.Success || gpu is null) return CublasStatus.NotInitialized;
        // CUDA 13 has left out everything before Turing, 12 everything before Maxwell.
        if (gpu.Architecture < (Major >= 13 ? 75 : 50)) return CublasStatus.ArchMismatch;
        return core.Drain(default) == CUresult.Success ? CublasStatus.Success : CublasStatus.AllocFailed;
    }

    /// <summary>Whether a handle's work can begin: its GPU is the current context's, and nothing has failed for good.</summary>
    internal CublasStatus Ready(string function, SimulatedGpu gpu)
    {
        if (core.Current(out SimulatedGpu? current) != CUresult.Success) return CublasStatus.ExecutionFailed;
        if (current == gpu) return CublasStatus.Success;
        core.Report($"{function}: the handle is of {gpu.Name}, the current context of {current?.Name}");
        return CublasStatus.ExecutionFailed;
    }

    /// <summary>The object behind a handle; a handle that was given up is a misuse that the real library would not notice.</summary>
    internal T? Find<T>(string function, nint handle)
        where T : class
    {
        T? state = handle == 0 ? null : core.Find<T>(handle);
        if (state is null && handle != 0) core.Report($"{function}: handle {Name(handle)} is of another kind, or was given up");
        return state;
    }

    /// <summary>What a status means, in the library's words.</summary>
    internal static byte* Text(CublasStatus status) => Static(status switch
    {
        CublasStatus.Success => "success"u8,
        CublasStatus.NotInitialized => "the library was not initialized"u8,
        CublasStatus.AllocFailed => "the resource allocation failed"u8,
        CublasStatus.InvalidValue => "an unsupported value or parameter was passed to the function"u8,
        CublasStatus.ArchMismatch => "the function requires an architectural feature absent from the device"u8,
        CublasStatus.MappingError => "an access to GPU memory space failed"u8,
        CublasStatus.ExecutionFailed => "the GPU program failed to execute"u8,
        CublasStatus.InternalError => "an internal operation failed"u8,
        CublasStatus.NotSupported => "the requested functionality is not supported"u8,
        CublasStatus.LicenseError => "the functionality requested requires some license and an error was detected"u8,
        _ => "unknown status"u8,
    });

    // The compiler ends such literals with a zero, and they never move.
    private static byte* Static(ReadOnlySpan<byte> text) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
}
