using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// What changes from step to step, as it lies on the device (16 bytes, the layout of <c>StepState</c> in
/// kernels/common.cuh): kernels read it there, so that a captured graph stays valid.
/// </summary>
/// <param name="Step">The step's number: the last word of the dropout counter.</param>
/// <param name="LearningRate">Of this step's update.</param>
/// <param name="LossScale">Gradients are multiplied by it at the loss and divided by it at the update.</param>
/// <param name="SkipUpdate">Not 0: the update changes nothing. The Inf/NaN scan sets it; the host clears it.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct StepState(uint Step, float LearningRate, float LossScale, uint SkipUpdate);
