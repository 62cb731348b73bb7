namespace AlexNetCuda.Simulator.Numerics;

/// <summary>What a unit of the GPU makes of float32 operands before it multiplies them; it adds in float32.</summary>
internal enum InputPrecision
{
    /// <summary>Nothing.</summary>
    Float32,

    /// <summary>10 bits of fraction, the range of float.</summary>
    Tf32,

    /// <summary>half: large operands become infinite, small ones 0.</summary>
    Float16,

    /// <summary>bfloat16.</summary>
    BFloat16,
}
