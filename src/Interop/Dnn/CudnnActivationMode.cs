namespace AlexNetCuda.Interop.Dnn;

/// <summary>An activation.</summary>
[NativeEnum("cudnnActivationMode_t", "CUDNN_ACTIVATION_")]
public enum CudnnActivationMode
{
    /// <summary><c>CUDNN_ACTIVATION_RELU</c>.</summary>
    Relu = 1,

    /// <summary><c>CUDNN_ACTIVATION_IDENTITY</c>.</summary>
    Identity = 5,
}
