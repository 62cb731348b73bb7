using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Buffers for launches whose results do not matter: pointers that stand for numbers of buffers become addresses.</summary>
internal static class Buffers
{
    /// <summary>The pointer that stands for the first buffer.</summary>
    internal const ulong First = Catalogue.First;

    /// <summary>From one buffer's pointer to the next one's.</summary>
    internal const ulong Step = 1;

    /// <summary>The pointer that stands for the state of a step.</summary>
    internal const ulong State = Catalogue.State;

    private const int Floats = Catalogue.Words;
    private const int Count = Catalogue.Buffers;

    private static readonly float[][] s_contents = [.. Enumerable.Range(0, Count).Select(i => Samples.Uniform(Floats, 200 + i))];

    /// <summary>The launch with its pointers bound to new buffers of small numbers.</summary>
    internal static KernelLaunch Bind(KernelLaunch launch, DeviceMemory memory) => Bind(launch, Make(memory));

    /// <summary>New buffers, the state last.</summary>
    internal static ulong[] Make(DeviceMemory memory) =>
    [
        .. s_contents.Select((contents, i) => memory.Allocate<float>(contents, $"buffer {i}")),
        memory.Allocate<StepState>([new StepState(3, 0.1f, 2, 0)], "state"),
    ];

    /// <summary>What the buffers hold, and the state's skip flag.</summary>
    internal static IReadOnlyList<uint[]> Contents(ulong[] addresses, DeviceMemory memory) =>
        [.. addresses.Select((address, i) => memory.Read<uint>(address, i < Count ? Floats : 4))];

    /// <summary>The launch with its pointers bound to buffers.</summary>
    internal static KernelLaunch Bind(KernelLaunch launch, ulong[] addresses) => Catalogue.Bind(launch, addresses);
}
