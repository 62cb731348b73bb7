using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>cudnnGetErrorString's texts: the enumerants' names, for ever at the same address.</summary>
internal static class StatusNames
{
    private static readonly ConcurrentDictionary<string, nint> _texts = new(StringComparer.Ordinal);

    internal static nint Text(CudnnStatus status, bool version8) => _texts.GetOrAdd(Name(status, version8), Marshal.StringToCoTaskMemUTF8);

    internal static string Name(CudnnStatus status, bool version8)
    {
        // cuDNN 8 has fewer statuses, and other names for these.
        if (version8)
        {
            switch (status)
            {
                case CudnnStatus.NotSupportedArchMismatch: return "CUDNN_STATUS_ARCH_MISMATCH";
                case CudnnStatus.InternalErrorHostAllocationFailed: return "CUDNN_STATUS_ALLOC_FAILED";
                case CudnnStatus.SublibraryVersionMismatch: return "CUDNN_STATUS_VERSION_MISMATCH";
                case CudnnStatus.NotSupportedRuntimePrerequisiteMissing: return "CUDNN_STATUS_RUNTIME_PREREQUISITE_MISSING";
            }
        }

        if (!Enum.IsDefined(status)) return "CUDNN_UNKNOWN_STATUS";
        var name = new StringBuilder("CUDNN_STATUS");
        foreach (char letter in status.ToString())
        {
            if (char.IsUpper(letter)) name.Append('_');
            name.Append(char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }
}
