using AlexNetCuda.Ptx.Checking;
using AlexNetCuda.Ptx.Metering;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>Sees every access and barrier of a block, and passes them to the checkers and meters that are on.</summary>
internal sealed class AccessObserver : IDisposable
{
    private readonly Block _block;
    private readonly SharedShadow? _shared;
    private readonly LocalShadow? _local;
    private readonly BlockMeter? _meter;
    private readonly bool _uninitialized;
    private StateSpace _space;

    public AccessObserver(Block block)
    {
        _block = block;
        Launch launch = block.Launch;
        _uninitialized = launch.Has(Checks.UninitializedRead);
        if (launch.Has(Checks.SharedRace) || _uninitialized) _shared = new SharedShadow(block);
        if (_uninitialized && launch.Program.LocalBytes > 0) _local = new LocalShadow(block);
        if (launch.Meters is { } meters) _meter = new BlockMeter(meters);
    }

    public void Begin()
    {
        _shared?.Begin();
        _local?.Begin();
    }

    public void End() => _meter?.End();

    public void Dispose() => _shared?.Dispose();

    /// <summary>One lane of a request is about to happen: bytes inside the allocation (global) or the space.</summary>
    public void Seen(Warp warp, MemoryOp op, int lane, StateSpace space, Allocation? allocation, long offset)
    {
        _space = space;
        switch (space)
        {
            case StateSpace.Global:
                Global(warp, op, lane, allocation!, offset);
                break;
            case StateSpace.Shared:
                _shared?.Access(warp, op, lane, (int)offset);
                _meter?.SharedLane(lane, offset, op.Bytes);
                break;
            case StateSpace.Local:
                _local?.Access(warp, op, lane, (int)offset);
                break;
        }
    }

    /// <summary>
    /// All lanes of a load or store of global memory are about to happen, one behind the other in one allocation. False where something is to be reported or
    /// metered: then the lanes are to be seen one by one.
    /// </summary>
    public bool SeenRow(Warp warp, MemoryOp op, Allocation allocation, long offset, int bytes)
    {
        if (_meter is not null) return false;
        if (_uninitialized && op.Kind == AccessKind.Load && allocation.FirstUnwritten(offset, bytes) >= 0) return false;
        Launch launch = _block.Launch;
        if (launch.GlobalShadow is { } shadow && !shadow.TryRow(warp, op, allocation, offset, bytes)) return false;
        if (op.Kind != AccessKind.Load) allocation.MarkWritten(offset, bytes);
        launch.Accesses?.Add(op.Kind, allocation, offset, bytes);
        return true;
    }

    /// <summary>All lanes of the request have been seen.</summary>
    public void RequestDone(MemoryOp op)
    {
        if (_space == StateSpace.Global) _meter?.GlobalRequest(op);
        else if (_space == StateSpace.Shared) _meter?.SharedRequest(op);
        _space = StateSpace.Generic;
    }

    public void Branched(bool divergent) => _meter?.Branched(divergent);

    public void BarrierCompleted(List<(Warp Warp, uint Lanes, bool Waits, BarrierReduction Reduction, int Result)> participants,
        bool whole) =>
        _shared?.Clocks.BarrierCompleted(participants, whole);

    public void WarpSynchronized(Warp warp, uint lanes) => _shared?.Clocks.WarpSynchronized(warp, lanes);

    private void Global(Warp warp, MemoryOp op, int lane, Allocation allocation, long offset)
    {
        int bytes = op.Bytes;
        if (_uninitialized && op.Kind != AccessKind.Store)
        {
            long at = allocation.FirstUnwritten(offset, bytes);
            if (at >= 0)
            {
                _block.Launch.Reports.Add(
                    warp, lane, ReportKind.UninitializedRead, $"reads byte {at} of an allocation, which nothing has written",
                    allocation.Address + (ulong)at, allocation.ToString());
            }
        }

        if (op.Kind != AccessKind.Load) allocation.MarkWritten(offset, bytes);
        _block.Launch.Accesses?.Add(op.Kind, allocation, offset, bytes);
        _block.Launch.GlobalShadow?.Access(warp, op, lane, allocation, offset);
        // Constants have a cache of their own, which L2 hardly sees.
        if (!allocation.IsReadOnly) _meter?.GlobalLane(allocation, offset, bytes);
    }
}
