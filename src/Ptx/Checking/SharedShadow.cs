using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>Remembers who last wrote and read each byte of shared memory, to find races and reads of what nobody wrote.</summary>
internal sealed class SharedShadow
{
    private readonly Block _block;
    private readonly bool _races;
    private readonly bool _uninitialized;
    private readonly Cell[] _cells;

    public SharedShadow(Block block)
    {
        _block = block;
        _races = block.Launch.Has(Checks.SharedRace);
        _uninitialized = block.Launch.Has(Checks.UninitializedRead);
        _cells = new Cell[block.SharedBytes];
        Clocks = new ThreadClocks((int)block.Launch.Configuration.Block.Count);
    }

    public ThreadClocks Clocks { get; }

    public void Begin()
    {
        Array.Clear(_cells);
        Clocks.Begin();
    }

    public void Access(Warp warp, MemoryOp op, int lane, int offset)
    {
        int thread = warp.Thread(lane);
        for (int i = offset; i < offset + op.Bytes; i++)
        {
            ref Cell cell = ref _cells[i];
            if (op.Kind != AccessKind.Store && cell.Writer.Time == 0 && !cell.Initialized && _uninitialized)
            {
                cell.Initialized = true;
                _block.Launch.Reports.Add(warp, lane, ReportKind.UninitializedRead, $"reads byte {i} of shared memory, which nothing has written", (ulong)offset, "shared memory");
            }

            if (!_races)
            {
                cell.Initialized |= op.Kind != AccessKind.Load;
                continue;
            }

            if (Conflict(ref cell, thread, op.Kind) is { } other)
            {
                string verb = op.Kind == AccessKind.Load ? "reads" : "writes";
                string what = other.Line == cell.Writer.Line && other.Thread == cell.Writer.Thread ? "wrote" : "read";
                _block.Launch.Reports.Add(
                    warp,
                    lane,
                    ReportKind.SharedRace,
                    $"{verb} byte {i} of shared memory, which thread {Extent3.Unflatten(other.Thread, _block.Launch.Configuration.Block)} {what} at PTX line {other.Line} with no barrier between",
                    (ulong)offset,
                    "shared memory");
            }

            Remember(ref cell, thread, op);
        }
    }

    private Mark? Conflict(ref Cell cell, int thread, AccessKind kind)
    {
        if (Unordered(cell.Writer, thread) && !(kind == AccessKind.Atomic && cell.WrittenAtomically)) return cell.Writer;
        if (kind == AccessKind.Load) return null;
        // Atomics read too, but against each other they are no race: their reads are not remembered.
        if (Unordered(cell.Reader, thread)) return cell.Reader;
        if (Unordered(cell.Neighbour, thread)) return cell.Neighbour;
        return Unordered(cell.Stranger, thread) ? cell.Stranger : null;
    }

    private bool Unordered(Mark mark, int thread) => mark.Time != 0 && !Clocks.Ordered(mark.Thread, mark.Time, thread);

    // Of the readers, three are kept: the last, one of another thread in its warp, and one of another warp. So a writer always
    // meets a reader other than itself, in its own warp and outside it.
    private void Remember(ref Cell cell, int thread, MemoryOp op)
    {
        var mark = new Mark(thread, Clocks.Now(thread), op.Source.Line);
        if (op.Kind != AccessKind.Load)
        {
            cell.Writer = mark;
            cell.WrittenAtomically = op.Kind == AccessKind.Atomic;
            cell.Initialized = true;
            return;
        }

        if (cell.Reader.Time != 0 && cell.Reader.Thread != thread)
        {
            if (cell.Reader.Thread >> 5 == thread >> 5) cell.Neighbour = cell.Reader;
            else cell.Stranger = cell.Reader;
        }

        cell.Reader = mark;
    }

    private readonly record struct Mark(int Thread, int Time, int Line);

    private struct Cell
    {
        public Mark Writer;
        public Mark Reader;
        public Mark Neighbour;
        public Mark Stranger;
        public bool WrittenAtomically;
        public bool Initialized;
    }
}

/// <summary>Remembers which bytes of each thread's local memory have been written.</summary>
internal sealed class LocalShadow(Block block)
{
    private readonly int _bytes = block.Launch.Program.LocalBytes;
    private readonly bool[] _written = new bool[block.Launch.Program.LocalBytes * block.Launch.Configuration.Block.Count];

    public void Begin() => Array.Clear(_written);

    public void Access(Warp warp, MemoryOp op, int lane, int offset)
    {
        Span<bool> range = _written.AsSpan((warp.Thread(lane) * _bytes) + offset, op.Bytes);
        int missing = op.Kind == AccessKind.Store ? -1 : range.IndexOf(false);
        if (missing >= 0)
            block.Launch.Reports.Add(warp, lane, ReportKind.UninitializedRead, $"reads byte {offset + missing} of local memory, which the thread has not written", (ulong)offset, "local memory");
        range.Fill(true);
    }
}
