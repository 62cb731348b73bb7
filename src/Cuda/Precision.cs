namespace AlexNetCuda.Cuda;

/// <summary>What the CUDA device computes with. Parameters' masters, biases, sums and losses are float32 in every mode.</summary>
public enum Precision
{
    /// <summary>float32 throughout: products of float32, never TF32.</summary>
    Float32,

    /// <summary>float32 in memory; convolutions and products may round their operands to 11 significant bits (TF32). Compute capability 8.0 and later.</summary>
    Tf32,

    /// <summary>float16 activations, weights' copies and gradients, float32 sums; the loss is scaled so that gradients do not vanish.</summary>
    Float16,

    /// <summary>bfloat16 activations, weights' copies and gradients, float32 sums. Compute capability 8.0 and later.</summary>
    BFloat16,
}
