using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>Counts what a session has been handed: kernels where they are launched, library calls where they are made.</summary>
internal sealed class EnqueueCounter
{
    /// <summary>Kernels of our own that were launched.</summary>
    internal long Launches { get; set; }

    /// <summary>Calls of cuBLAS, cublasLt and cuDNN that compute.</summary>
    internal long LibraryCalls { get; set; }

    /// <summary>What was counted since an earlier reading.</summary>
    internal EnqueuedCalls Since((long Launches, long LibraryCalls) earlier) =>
        new((int)(Launches - earlier.Launches), (int)(LibraryCalls - earlier.LibraryCalls));

    /// <summary>What has been counted so far.</summary>
    internal (long Launches, long LibraryCalls) Read() => (Launches, LibraryCalls);
}
