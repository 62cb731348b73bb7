namespace AlexNetCuda.Simulator.Core;

/// <summary>
/// Finds accesses to the same bytes, one of them writing, that no stream, event or synchronisation puts in an order. Every lane has
/// a clock; an operation knows those of what came before it. All threads of the host count as one. What the host itself reads and
/// writes in page-locked memory cannot be seen, only what copies do there.
/// </summary>
internal sealed class HazardDetector(SimulatorCore core)
{
    private readonly Dictionary<int, LaneAccesses> _device = [];
    private readonly Dictionary<int, LaneAccesses> _host = [];
    private readonly HashSet<(string Here, string There)> _reported = [];

    /// <summary>What the host has waited for: operations from now on come after it.</summary>
    public VectorClock Host { get; private set; } = VectorClock.Zero;

    public void HostWaitedFor(Operation operation)
    {
        if (operation.Clock is { } clock) Host = Host.Join(clock);
    }

    /// <summary>Everything so far comes before everything from now on.</summary>
    public void Forget()
    {
        _device.Clear();
        _host.Clear();
    }

    public void Record(Operation operation, Command command)
    {
        foreach (MemoryUse use in command.Uses) Record(operation, use, _device);
        foreach (MemoryUse use in command.HostUses) Record(operation, use, _host);
    }

    public void Record(Operation operation, in MemoryUse use) => Record(operation, use, _device);

    private void Record(Operation operation, in MemoryUse use, Dictionary<int, LaneAccesses> all)
    {
        if (use.Bytes <= 0) return;
        ulong end = use.Address + (ulong)use.Bytes;
        int lane = operation.Lane.Index;
        foreach ((int other, LaneAccesses accesses) in all)
        {
            if (other == lane) continue;
            if (use.Reads || use.Writes) Compare(operation, use, end, accesses.Writes, otherWrites: true);
            if (use.Writes) Compare(operation, use, end, accesses.Reads, otherWrites: false);
        }

        if (!all.TryGetValue(lane, out LaneAccesses? mine)) all.Add(lane, mine = new LaneAccesses());
        Touch touch = operation.Touch ??= new Touch(operation.Command.Name, operation.Lane, operation.Clock!);
        if (use.Reads) mine.Reads.Set(use.Address, end, touch);
        if (use.Writes) mine.Writes.Set(use.Address, end, touch);
    }

    private void Compare(Operation operation, in MemoryUse use, ulong end, IntervalMap<Touch> others, bool otherWrites)
    {
        foreach ((ulong first, ulong last, Touch other) in others.Overlapping(use.Address, end))
        {
            int lane = other.Lane.Index;
            if (operation.Clock![lane] >= other.Clock[lane] || other.Clock[operation.Lane.Index] >= operation.Clock[operation.Lane.Index]) continue;
            string here = $"{operation.Command.Name} in {operation.Lane.Name} {(use.Writes ? "writes" : "reads")}";
            string there = $"{other.Name} in {other.Lane.Name} {(otherWrites ? "writes" : "reads")}";
            // Once for a pair, whichever of the two happened to run first.
            if (!_reported.Add(string.CompareOrdinal(here, there) < 0 ? (here, there) : (there, here))) continue;
            ulong from = Math.Max(first, use.Address), to = Math.Min(last, end);
            string operand = use.Operand.Length > 0 ? $" ({use.Operand})" : "";
            core.AddReport(SimulatorReportKind.Hazard,
                $"{here}{operand} {core.Describe(from, (long)(to - from))}, which {there}; nothing orders them");
        }
    }

    private sealed class LaneAccesses
    {
        public IntervalMap<Touch> Reads { get; } = new();

        public IntervalMap<Touch> Writes { get; } = new();
    }
}
