using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.KernelTools;

/// <summary>What an operation moved, against the least possible.</summary>
/// <param name="Case">The operation.</param>
/// <param name="Launches">Its launches.</param>
/// <param name="L2Bytes">Bytes between L2 and the blocks: 32 for every sector a block touches, however often.</param>
/// <param name="DramBytes">Bytes between memory and L2: 32 for every sector a launch touches.</param>
/// <param name="LeastBytes">The fewest bytes the first launch, which is the operation, must move.</param>
/// <param name="BlockUse">The part of the sectors' bytes that the blocks use, of loads and stores of the first launch together.</param>
/// <param name="RequestUse">The part of the sectors' bytes that the requests use, but for those of the byte tensor of a pool's winners.</param>
/// <param name="SharedWavefronts">Passes over shared memory's banks over the least possible; 0: shared memory is not used.</param>
/// <param name="ThreadInstructions">Instructions of all threads.</param>
/// <param name="DivergentBranches">The part of the branches that divided a warp.</param>
public sealed record ProfileRow(
    ProfileCase Case,
    IReadOnlyList<KernelLaunch> Launches,
    long L2Bytes,
    long DramBytes,
    long LeastBytes,
    double BlockUse,
    double RequestUse,
    double SharedWavefronts,
    long ThreadInstructions,
    double DivergentBranches)
{
    /// <summary>Bytes between L2 and the blocks over the least.</summary>
    public double L2Ratio => (double)L2Bytes / LeastBytes;

    /// <summary>Bytes between memory and L2 over the least.</summary>
    public double DramRatio => (double)DramBytes / LeastBytes;

    /// <summary>
    /// Whether the traffic meets its target. The least counts bytes and traffic whole sectors, and the state and the sums of a
    /// block are a few sectors more: hence half a percent.
    /// </summary>
    public bool MeetsTarget => Case.Target is not { } target || (L2Ratio <= target.L2 + 0.005 && DramRatio <= target.Dram + 0.005);
}

/// <summary>Meters operations on the PTX machine: a model of traffic, not a measurement of time.</summary>
public static class KernelProfile
{
    private const string Places = "places";

    private static readonly byte[] s_places = [.. Enumerable.Range(0, 1 << 16).Select(i => (byte)(i * 7 / 5 % 4))];

    /// <summary>Runs an operation with all meters on.</summary>
    /// <exception cref="PtxExecutionException">A kernel has a fault.</exception>
    public static ProfileRow Measure(ProfileCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        using var runner = new KernelRunner(new MachineOptions { Metered = true });
        var memory = runner.Machine.Memory;
        var launches = one.Launches((bytes, places) =>
        {
            var address = memory.Allocate(bytes, places ? Places : null);
            for (long done = 0; places && done < bytes; done += s_places.Length)
            {
                memory.Write<byte>(address + (ulong)done, s_places.AsSpan(0, (int)Math.Min(bytes - done, s_places.Length)));
            }

            return address;
        });
        var results = launches.Select(runner.Run).ToArray();
        var meters = results[0].Meters!;
        var places = meters.RequestsByName.GetValueOrDefault(Places);
        double used = meters.Loads.RequestBytes + meters.Stores.RequestBytes - places.Bytes;
        var moved = 32.0 * (meters.Loads.Sectors + meters.Stores.Sectors - places.Sectors);
        return new ProfileRow(
            one,
            launches,
            meters.L2Bytes,
            meters.DramBytes,
            launches[0].LeastBytes,
            (meters.Loads.BlockBytes + meters.Stores.BlockBytes) / (double)Math.Max(meters.L2Bytes, 1),
            used / Math.Max(moved, 1),
            meters.SharedWavefrontsLeast == 0 ? 0 : (double)meters.SharedWavefronts / meters.SharedWavefrontsLeast,
            results.Sum(result => result.ThreadInstructions),
            meters.Branches == 0 ? 0 : (double)meters.DivergentBranches / meters.Branches);
    }
}
