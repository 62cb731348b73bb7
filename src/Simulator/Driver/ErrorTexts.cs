using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>Names and descriptions of results, as zero-terminated strings that stay where they are.</summary>
internal static class ErrorTexts
{
    private static readonly ConcurrentDictionary<CUresult, nint> s_names = new();
    private static readonly ConcurrentDictionary<CUresult, nint> s_descriptions = new();

    /// <summary>As CUDA_ERROR_INVALID_VALUE; 0 for a number that is no result.</summary>
    public static nint Name(CUresult result) => Enum.IsDefined(result)
        ? s_names.GetOrAdd(result, r => Marshal.StringToCoTaskMemUTF8("CUDA_" + Words(r, '_').ToUpperInvariant()))
        : 0;

    /// <summary>In words; 0 for a number that is no result.</summary>
    public static nint Description(CUresult result) => Enum.IsDefined(result)
        ? s_descriptions.GetOrAdd(result, r => Marshal.StringToCoTaskMemUTF8(Describe(r)))
        : 0;

    private static string Describe(CUresult result) => result switch
    {
        CUresult.Success => "no error",
        CUresult.ErrorInvalidValue => "invalid argument",
        CUresult.ErrorOutOfMemory => "out of memory",
        CUresult.ErrorNotInitialized => "initialization error",
        CUresult.ErrorNoDevice => "no CUDA-capable device is detected",
        CUresult.ErrorInvalidDevice => "invalid device ordinal",
        CUresult.ErrorInvalidContext => "invalid device context",
        CUresult.ErrorNoBinaryForGpu => "no kernel image is available for execution on the device",
        CUresult.ErrorInvalidPtx => "a PTX JIT compilation failed",
        CUresult.ErrorUnsupportedPtxVersion => "the provided PTX was compiled with an unsupported toolchain.",
        CUresult.ErrorInvalidHandle => "invalid resource handle",
        CUresult.ErrorNotFound => "named symbol not found",
        CUresult.ErrorNotReady => "device not ready",
        CUresult.ErrorIllegalAddress => "an illegal memory access was encountered",
        CUresult.ErrorIllegalInstruction => "an illegal instruction was encountered",
        CUresult.ErrorMisalignedAddress => "misaligned address",
        CUresult.ErrorLaunchFailed => "unspecified launch failure",
        CUresult.ErrorStreamCaptureUnsupported => "operation not permitted when stream is capturing",
        CUresult.ErrorStreamCaptureInvalidated => "operation failed due to a previous error during capture",
        _ => Words(result, ' ').ToLowerInvariant(),
    };

    private static string Words(CUresult result, char separator)
    {
        var text = new StringBuilder();
        foreach (char c in result.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append(separator);
            text.Append(c);
        }

        return text.ToString();
    }
}
