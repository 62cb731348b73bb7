namespace AlexNetCuda.Interop.Dnn;

/// <summary>Which precisions a convolution may take.</summary>
[NativeEnum("cudnnMathType_t", "CUDNN_")]
public enum CudnnMathType
{
    /// <summary><c>CUDNN_DEFAULT_MATH</c>.</summary>
    DefaultMath = 0,

    /// <summary><c>CUDNN_TENSOR_OP_MATH</c>.</summary>
    TensorOpMath = 1,

    /// <summary><c>CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION</c>.</summary>
    TensorOpMathAllowConversion = 2,

    /// <summary><c>CUDNN_FMA_MATH</c>.</summary>
    FmaMath = 3,
}
