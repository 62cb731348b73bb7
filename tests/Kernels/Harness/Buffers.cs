using System.Buffers.Binary;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Buffers for launches whose results do not matter: pointers that stand for numbers of buffers become addresses.</summary>
internal static class Buffers
{
    /// <summary>The pointer that stands for the first buffer.</summary>
    internal const ulong First = 1;

    /// <summary>From one buffer's pointer to the next one's.</summary>
    internal const ulong Step = 1;

    private const int Floats = 40_000;
    private const int Count = 6;

    /// <summary>The launch with its pointers bound to new buffers of small numbers.</summary>
    internal static KernelLaunch Bind(KernelLaunch launch, DeviceMemory memory)
    {
        var addresses = Enumerable.Range(0, Count).Select(i => memory.Allocate<float>(Samples.Uniform(Floats, 200 + i), $"buffer {i}")).ToArray();
        return launch with
        {
            Arguments = [.. launch.Arguments.Select(argument =>
                argument.IsPointer && BinaryPrimitives.ReadUInt64LittleEndian(argument.Bytes.Span) is var number and >= First and < First + Count
                    ? Cuda.Kernels.KernelArgument.Pointer(addresses[number - First])
                    : argument)],
        };
    }
}
