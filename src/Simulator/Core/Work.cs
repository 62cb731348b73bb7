using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A range of device memory that a piece of work touches: what hazards between streams are found by.</summary>
/// <param name="Address">The device address of the first byte.</param>
/// <param name="Bytes">How many.</param>
/// <param name="Reads">Whether it is read.</param>
/// <param name="Writes">Whether it is written, in part or in whole.</param>
/// <param name="Operand">The parameter's name, for reports.</param>
internal readonly record struct MemoryUse(ulong Address, long Bytes, bool Reads, bool Writes, string Operand);

/// <summary>
/// Something a stream does when its turn comes, long after the call that asked for it has returned: never before a
/// synchronisation needs it. Captured work becomes a node of a graph and runs at each launch of it.
/// </summary>
/// <param name="Name">The exported function that asked for it, for reports and traces.</param>
/// <param name="Uses">What it touches.</param>
/// <param name="Run">Does it, on the memory of its device. An exception is a fault: a sticky error that surfaces at the next synchronisation.</param>
internal sealed record Work(string Name, IReadOnlyList<MemoryUse> Uses, Action<DeviceMemory> Run);
