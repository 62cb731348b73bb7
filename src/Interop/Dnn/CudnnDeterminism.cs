namespace AlexNetCuda.Interop.Dnn;

/// <summary>Whether an algorithm gives the same bits every time.</summary>
[NativeEnum("cudnnDeterminism_t", "CUDNN_")]
public enum CudnnDeterminism
{
    /// <summary><c>CUDNN_NON_DETERMINISTIC</c>.</summary>
    NonDeterministic = 0,

    /// <summary><c>CUDNN_DETERMINISTIC</c>.</summary>
    Deterministic = 1,
}
