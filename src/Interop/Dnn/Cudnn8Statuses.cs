namespace AlexNetCuda.Interop.Dnn;

/// <summary>cuDNN 8's statuses in the numbers of cuDNN 9, as the header of cuDNN 9 itself names the old ones; and back.</summary>
internal static class Cudnn8Statuses
{
    // By the number of cuDNN 8.
    private static readonly CudnnStatus[] s_inCudnn9 =
    [
        CudnnStatus.Success,
        CudnnStatus.NotInitialized,
        CudnnStatus.InternalErrorHostAllocationFailed,
        CudnnStatus.BadParam,
        CudnnStatus.InternalError,
        CudnnStatus.InvalidValue,
        CudnnStatus.NotSupportedArchMismatch,
        CudnnStatus.InternalErrorTextureCreationFailed,
        CudnnStatus.ExecutionFailed,
        CudnnStatus.NotSupported,
        CudnnStatus.LicenseError,
        CudnnStatus.NotSupportedRuntimePrerequisiteMissing,
        CudnnStatus.RuntimeInProgress,
        CudnnStatus.RuntimeFpOverflow,
        CudnnStatus.SublibraryVersionMismatch,
    ];

    /// <summary>The status of cuDNN 9 that a status of cuDNN 8 means; a number that is none of cuDNN 8's stays.</summary>
    internal static CudnnStatus ToCudnn9(Cudnn8Status status) =>
        (uint)status < (uint)s_inCudnn9.Length ? s_inCudnn9[(int)status] : (CudnnStatus)status;

    /// <summary>The status of cuDNN 8 that comes nearest to a status of cuDNN 9: its own, or its category's.</summary>
    internal static Cudnn8Status FromCudnn9(CudnnStatus status)
    {
        var own = Array.IndexOf(s_inCudnn9, status);
        return own >= 0 ? (Cudnn8Status)own : ((int)status / 1000) switch
        {
            1 => Cudnn8Status.NotInitialized,
            2 => Cudnn8Status.BadParam,
            3 => Cudnn8Status.NotSupported,
            5 => Cudnn8Status.ExecutionFailed,
            _ => Cudnn8Status.InternalError,
        };
    }
}
