namespace AlexNetCuda.Interop.Dnn;

/// <summary>Whether NaN goes through.</summary>
[NativeEnum("cudnnNanPropagation_t", "CUDNN_")]
public enum CudnnNanPropagation
{
    /// <summary><c>CUDNN_NOT_PROPAGATE_NAN</c>.</summary>
    NotPropagateNan = 0,

    /// <summary><c>CUDNN_PROPAGATE_NAN</c>.</summary>
    PropagateNan = 1,
}
