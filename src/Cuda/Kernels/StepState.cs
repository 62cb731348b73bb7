using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// What changes from step to step, as it lies on the device (20 bytes, the layout of <c>StepState</c> in
/// kernels/common.cuh): kernels read it there, so that a captured graph stays valid. What the host sets before each step comes first.
/// </summary>
/// <param name="Step">The step's number: the last word of the dropout counter.</param>
/// <param name="LearningRate">Of this step's update.</param>
/// <param name="LossScale">Gradients are multiplied by it at the loss and divided by it at the update.</param>
/// <param name="SkipUpdate">Not 0: the update changes nothing. The Inf/NaN scan sets it; the host clears it.</param>
/// <param name="GradientScale">The update multiplies gradients by it.</param>
[StructLayout(LayoutKind.Explicit, Size = 20)]
public readonly record struct StepState(
    [field: FieldOffset(0)] uint Step,
    [field: FieldOffset(4)] float LearningRate,
    [field: FieldOffset(12)] float LossScale,
    [field: FieldOffset(16)] uint SkipUpdate,
    [field: FieldOffset(8)] float GradientScale = 1);
