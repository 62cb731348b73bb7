using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>
/// Remembers which block of a launch wrote and read each byte of global memory. Nothing orders one block before another, except
/// that atomics do not race with atomics. Launches that use it run on one host thread.
/// </summary>
internal sealed class GlobalShadow(Launch launch)
{
    private const int Many = -1;
    private readonly bool _races = launch.Has(Checks.GlobalRace);
    private readonly bool _nonCoherent = launch.Has(Checks.NonCoherentRead);
    private readonly Dictionary<Allocation, Cell[]> _shadows = [];
    private Allocation? _last;
    private Cell[] _cells = [];

    public void Access(Warp warp, MemoryOp op, int lane, Allocation allocation, long offset)
    {
        if (!ReferenceEquals(allocation, _last))
        {
            _last = allocation;
            if (!_shadows.TryGetValue(allocation, out Cell[]? cells)) _shadows.Add(allocation, cells = new Cell[allocation.Bytes]);
            _cells = cells;
        }

        // Only equality matters, so that the number of a block may wrap; 0 and Many are left free.
        int block = (int)(warp.Block.LinearIndex % (int.MaxValue - 1)) + 1;
        bool raced = false, stale = false;
        for (long i = offset; i < offset + op.Bytes; i++)
        {
            ref Cell cell = ref _cells[i];
            bool otherWrote = cell.Writer != 0 && cell.Writer != block;
            switch (op.Kind)
            {
                case AccessKind.Load:
                    stale |= op.NonCoherent && cell.Writer != 0;
                    raced |= otherWrote;
                    cell.Stale |= op.NonCoherent;
                    cell.Reader = cell.Reader == 0 || cell.Reader == block ? block : Many;
                    break;
                case AccessKind.Store:
                    stale |= cell.Stale;
                    raced |= otherWrote || (cell.Reader != 0 && cell.Reader != block);
                    cell.Writer = block;
                    cell.Atomic = false;
                    break;
                default:
                    stale |= cell.Stale;
                    raced |= (otherWrote && !cell.Atomic) || (cell.Reader != 0 && cell.Reader != block);
                    cell.Atomic |= cell.Writer == 0;
                    cell.Writer = cell.Writer == 0 || cell.Writer == block ? block : Many;
                    break;
            }
        }

        if (raced && _races)
        {
            string verb = op.Kind == AccessKind.Load ? "reads" : "writes";
            launch.Reports.Add(
                warp, lane, ReportKind.GlobalRace,
                $"{verb} bytes that another block of this launch {(op.Kind == AccessKind.Load ? "wrote" : "wrote or read")}",
                allocation.Address + (ulong)offset, allocation.ToString());
        }

        if (stale && _nonCoherent)
        {
            string detail = op.Kind == AccessKind.Load
                ? "reads through ld.global.nc what this launch has written"
                : "writes what this launch has read through ld.global.nc";
            launch.Reports.Add(warp, lane, ReportKind.NonCoherentRead, detail, allocation.Address + (ulong)offset, allocation.ToString());
        }
    }

    private struct Cell
    {
        public int Writer;
        public int Reader;
        public bool Atomic;
        public bool Stale;
    }
}
