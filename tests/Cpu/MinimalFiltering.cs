using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>What tests of minimal filtering share.</summary>
internal static class MinimalFiltering
{
    public static void SkipWithoutFusedMultiplyAdd() =>
        Assert.SkipUnless(Fma.IsSupported || AdvSimd.IsSupported, "This processor has no fused multiply-add: convolutions are computed directly.");

    /// <summary>A layer's forward pass runs by an algorithm whose name has these words.</summary>
    public static void AssertAlgorithm(CpuDevice device, Network network, CompileOptions options, string layer, string words)
    {
        using Executable executable = network.Compile(device, network.CreateParameters(), options);
        StepWork[] work = [.. executable.ForwardWork.Where(w => w.Layer == layer)];
        Assert.NotEmpty(work);
        Assert.All(work, w => Assert.Contains(words, w.Algorithm, StringComparison.Ordinal));
    }
}
