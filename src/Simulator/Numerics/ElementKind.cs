namespace AlexNetCuda.Simulator.Numerics;

/// <summary>How a number lies in device memory.</summary>
internal enum ElementKind
{
    /// <summary>float.</summary>
    Float32,

    /// <summary>half: 10 bits of fraction.</summary>
    Float16,

    /// <summary>bfloat16: 7 bits of fraction, the range of float.</summary>
    BFloat16,
}
