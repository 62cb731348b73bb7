using System.Numerics;
using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Metering;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>Which bytes of global memory a launch reads and which it writes. Launches that use it run on one host thread.</summary>
internal sealed class AccessLog
{
    private readonly SectorSet _read = new(1024);
    private readonly SectorSet _written = new(1024);

    public void Add(AccessKind kind, Allocation allocation, long offset, int bytes)
    {
        if (allocation.IsReadOnly) return;
        ulong address = allocation.Address + (ulong)offset;
        (kind == AccessKind.Load ? _read : _written).Add(address, bytes);
    }

    public IReadOnlyList<AccessedRange> Ranges()
    {
        var ranges = new List<AccessedRange>();
        Collect(_read, writes: false, ranges);
        Collect(_written, writes: true, ranges);
        return ranges;
    }

    private static void Collect(SectorSet set, bool writes, List<AccessedRange> ranges)
    {
        (ulong First, ulong End) run = default;
        foreach ((ulong sector, uint used) in set.Entries().OrderBy(e => e.Sector))
        {
            for (uint left = used; left != 0;)
            {
                int first = BitOperations.TrailingZeroCount(left), count = BitOperations.TrailingZeroCount(~(left >> first));
                left &= count == 32 ? 0 : ~(((1u << count) - 1) << first);
                ulong address = (sector * 32) + (ulong)first;
                if (run.End != address)
                {
                    if (run.End != 0) ranges.Add(new AccessedRange(run.First, (long)(run.End - run.First), writes));
                    run.First = address;
                }

                run.End = address + (ulong)count;
            }
        }

        if (run.End != 0) ranges.Add(new AccessedRange(run.First, (long)(run.End - run.First), writes));
    }
}
