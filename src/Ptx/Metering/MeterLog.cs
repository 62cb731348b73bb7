using System.Numerics;
using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Metering;

/// <summary>The meters of one launch, and which sectors of each allocation it has touched.</summary>
internal sealed class MeterLog(DeviceMemory memory)
{
    private readonly Dictionary<Allocation, ulong[]> _loaded = [];
    private readonly Dictionary<Allocation, ulong[]> _stored = [];

    public Meters Meters { get; } = new();

    /// <summary>A block has touched a sector; only the launch's first touch moves it between memory and L2.</summary>
    public void Touch(ulong sector, bool store)
    {
        Allocation? allocation = memory.FindBelow((sector * 32) + 31);
        if (allocation is null) return;
        Dictionary<Allocation, ulong[]> maps = store ? _stored : _loaded;
        if (!maps.TryGetValue(allocation, out ulong[]? map)) maps.Add(allocation, map = new ulong[(allocation.Bytes / (32 * 64)) + 1]);
        ulong index = sector - (allocation.Address / 32);
        ref ulong word = ref map[index / 64];
        ulong bit = 1UL << (int)(index % 64);
        if ((word & bit) != 0) return;
        word |= bit;
        (store ? Meters.Stores : Meters.Loads).DramBytes += 32;
    }
}

/// <summary>Meters one block at a time: the lanes of a request, then the sectors of the block.</summary>
internal sealed class BlockMeter(MeterLog log)
{
    private readonly SectorSet _request = new(64);
    private readonly SectorSet _loads = new(1024);
    private readonly SectorSet _stores = new(1024);
    private readonly List<(int Lane, long Offset, int Bytes)> _shared = new(32);

    // The allocation of the request's last lane: a request that touches two is counted to one of them.
    private string _name = "";

    public void GlobalLane(Allocation allocation, long offset, int bytes)
    {
        _name = allocation.Name;
        _request.Add(allocation.Address + (ulong)offset, bytes);
    }

    public void GlobalRequest(MemoryOp op)
    {
        if (_request.Count == 0) return;
        bool store = op.Kind != AccessKind.Load;
        Traffic traffic = store ? log.Meters.Stores : log.Meters.Loads;
        SectorSet block = store ? _stores : _loads;
        traffic.Requests++;
        traffic.Sectors += _request.Count;
        long bytes = 0;
        foreach ((ulong sector, uint used) in _request.Entries())
        {
            bytes += BitOperations.PopCount(used);
            block.AddMask(sector, used);
        }

        traffic.RequestBytes += bytes;
        log.Meters.ByName.TryGetValue(_name, out (long Sectors, long Bytes) sum);
        log.Meters.ByName[_name] = (sum.Sectors + _request.Count, sum.Bytes + bytes);

        _request.Clear();
    }

    public void SharedLane(int lane, long offset, int bytes) => _shared.Add((lane, offset, bytes));

    // 8-byte accesses go half a warp at a time, 16-byte accesses a quarter: each pass serves 32 banks of 4 bytes.
    public void SharedRequest(MemoryOp op)
    {
        int lanes = op.Bytes switch { 16 => 8, 8 => 16, _ => 32 };
        Span<int> perBank = stackalloc int[32];
        log.Meters.SharedRequests++;
        for (int first = 0; first < 32; first += lanes)
        {
            perBank.Clear();
            var words = new HashSet<long>();
            foreach ((int lane, long offset, int bytes) in _shared)
            {
                if (lane < first || lane >= first + lanes) continue;
                for (long word = offset / 4; word <= (offset + bytes - 1) / 4; word++)
                    if (words.Add(word)) perBank[(int)(word & 31)]++;
            }

            int passes = 0;
            foreach (int count in perBank) passes = Math.Max(passes, count);
            log.Meters.SharedWavefronts += passes;
            log.Meters.SharedWavefrontsLeast += (words.Count + 31) / 32;
        }

        _shared.Clear();
    }

    public void Branched(bool divergent)
    {
        log.Meters.Branches++;
        if (divergent) log.Meters.DivergentBranches++;
    }

    public void End()
    {
        Close(_loads, log.Meters.Loads, false);
        Close(_stores, log.Meters.Stores, true);
    }

    private void Close(SectorSet set, Traffic traffic, bool store)
    {
        foreach ((ulong sector, uint used) in set.Entries())
        {
            traffic.L2Bytes += 32;
            traffic.BlockBytes += BitOperations.PopCount(used);
            log.Touch(sector, store);
        }

        set.Clear();
    }
}
