using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>
/// Remembers which block of a launch wrote and read each byte of global memory. Nothing orders one block before another, except
/// that atomics do not race with atomics. Launches that use it run on one host thread.
/// </summary>
internal sealed class GlobalShadow(Launch launch, ShadowMemory memory)
{
    private readonly bool _races = launch.Has(Checks.GlobalRace);
    private readonly bool _nonCoherent = launch.Has(Checks.NonCoherentRead);

    public void Access(Warp warp, MemoryOp op, int lane, Allocation allocation, long offset)
    {
        uint block = Number(warp.Block);
        bool raced = false, stale = false;
        foreach (ref ShadowMemory.Cell cell in memory.Cells(allocation, offset, op.Bytes, op.Bytes))
        {
            bool otherWrote = cell.Writer != 0 && cell.Writer != block;
            switch (op.Kind)
            {
                case AccessKind.Load:
                    stale |= op.NonCoherent && cell.Writer != 0;
                    raced |= otherWrote;
                    cell.Stale |= op.NonCoherent;
                    cell.Reader = cell.Reader == 0 || cell.Reader == block ? block : ShadowMemory.Cell.Many;
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
                    cell.Writer = cell.Writer == 0 || cell.Writer == block ? block : ShadowMemory.Cell.Many;
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

    /// <summary>A load or store of a whole warp whose lanes lie one behind the other. False where there is something to report, or might be: the lanes are to be looked at one by one.</summary>
    public bool TryRow(Warp warp, MemoryOp op, Allocation allocation, long offset, int bytes)
    {
        if (!ShadowMemory.IsOnePage(offset, bytes)) return false;
        uint block = Number(warp.Block);
        // What has been noted before a cell stops this is noted again by the lanes, to the same effect.
        foreach (ref ShadowMemory.Cell cell in memory.Cells(allocation, offset, bytes, op.Bytes))
        {
            if (cell.Writer != 0 && cell.Writer != block) return false;
            if (op.Kind == AccessKind.Load)
            {
                if (op.NonCoherent && cell.Writer != 0) return false;
                cell.Stale |= op.NonCoherent;
                cell.Reader = cell.Reader == 0 || cell.Reader == block ? block : ShadowMemory.Cell.Many;
            }
            else
            {
                if (cell.Stale || (cell.Reader != 0 && cell.Reader != block)) return false;
                cell.Writer = block;
                cell.Atomic = false;
            }
        }

        return true;
    }

    // Only equality matters, so that the number of a block may wrap; 0 and Many are left free.
    private static uint Number(Block block) => (uint)(block.LinearIndex % (ShadowMemory.Cell.Many - 1)) + 1;
}
