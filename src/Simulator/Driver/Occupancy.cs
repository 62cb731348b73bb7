using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>What kernels need, what launches may have, and how many blocks fit (the formula of NVIDIA's occupancy calculator).</summary>
internal static class Occupancy
{
    private const int RegistersAtOnce = 256;
    private const int SharedAtOnce = 128;
    private const int WarpsAtOnce = 4;

    public static int? Attribute(SimulatedGpu gpu, SimulatedFunction function, CUfunctionAttribute attribute) => attribute switch
    {
        CUfunctionAttribute.MaxThreadsPerBlock => MaximumThreads(function),
        CUfunctionAttribute.SharedSizeBytes => function.Kernel.StaticSharedBytes,
        CUfunctionAttribute.ConstSizeBytes => 0,
        CUfunctionAttribute.LocalSizeBytes => function.Kernel.LocalBytes,
        CUfunctionAttribute.NumRegs => Registers(function),
        CUfunctionAttribute.PtxVersion => ModuleImage.Architecture(function.Module.Loaded.Module.Target) ?? 0,
        CUfunctionAttribute.BinaryVersion => gpu.Architecture,
        CUfunctionAttribute.MaxDynamicSharedSizeBytes => function.MaximumDynamicBytes,
        _ => null,
    };

    /// <summary>Why a launch of a shape is refused at the call.</summary>
    public static CUresult Refuses(SimulatedGpu gpu, SimulatedFunction function, LaunchConfiguration shape)
    {
        if (shape.Block.Count > MaximumThreads(function)) return CUresult.ErrorInvalidValue;
        if (function.Kernel.Declaration.RequiredThreads is { } required && required != shape.Block) return CUresult.ErrorInvalidValue;
        bool fits = shape.DynamicSharedBytes <= function.MaximumDynamicBytes
            && (long)shape.DynamicSharedBytes + function.Kernel.StaticSharedBytes <= gpu.SharedBytesOptIn;
        return fits ? CUresult.Success : CUresult.ErrorInvalidValue;
    }

    public static int Blocks(SimulatedGpu gpu, SimulatedFunction function, int threads, long dynamicBytes)
    {
        if (threads > MaximumThreads(function) || dynamicBytes > function.MaximumDynamicBytes) return 0;
        int warps = (threads + 31) / 32;
        int registersOfWarp = RoundUp(Registers(function) * 32, RegistersAtOnce);
        int warpsByRegisters = GpuLimits.Registers / registersOfWarp / WarpsAtOnce * WarpsAtOnce;
        int blocks = Math.Min(GpuLimits.BlocksPerMultiprocessor(gpu), GpuLimits.ThreadsPerMultiprocessor(gpu) / (warps * 32));
        blocks = Math.Min(blocks, warpsByRegisters / warps);
        // Since 8.0 the system takes a kilobyte of each block's.
        int shared = RoundUp(function.Kernel.StaticSharedBytes + (int)dynamicBytes, SharedAtOnce) + (gpu.Major >= 8 ? 1024 : 0);
        return shared == 0 ? blocks : Math.Min(blocks, GpuLimits.SharedBytesPerMultiprocessor(gpu) / shared);
    }

    private static int MaximumThreads(SimulatedFunction function) =>
        (int)Math.Min(GpuLimits.ThreadsPerBlock, function.Kernel.Declaration.MaximumThreads?.Count ?? GpuLimits.ThreadsPerBlock);

    // Nobody allocates registers here: a guess that grows with the code and lets the largest block run.
    private static int Registers(SimulatedFunction function)
    {
        int guess = Math.Clamp(16 + (function.Kernel.Declaration.Instructions / 8), 16, 128);
        return Math.Min(RoundUp(guess, 8), GpuLimits.Registers / RoundUp(MaximumThreads(function), 128) / 8 * 8);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
