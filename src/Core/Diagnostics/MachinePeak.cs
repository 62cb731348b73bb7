namespace AlexNetCuda.Diagnostics;

/// <summary>What a machine can do at most, measured on it: the two roofs of a roofline (Williams, Waterman, Patterson, "Roofline", 2009).</summary>
/// <param name="Flops">Floating-point operations a second of fused multiply-adds in registers, all threads together; an addition and a multiplication count as two.</param>
/// <param name="Bytes">Bytes a second that all threads together read from memory.</param>
public readonly record struct MachinePeak(double Flops, double Bytes);
