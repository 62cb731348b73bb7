using System.Runtime.InteropServices;
using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>Remembers who last wrote and read each byte of shared memory, to find races and reads of what nobody wrote.</summary>
internal sealed class SharedShadow : IDisposable
{
    // Megabytes, all zeros: what the last launch of this thread of the host used.
    [ThreadStatic]
    private static Cell[]? t_spare;

    private readonly Block _block;
    private readonly bool _races;
    private readonly bool _uninitialized;
    private readonly Cell[] _cells;
    private int _touched;

    public SharedShadow(Block block)
    {
        _block = block;
        _races = block.Launch.Has(Checks.SharedRace);
        _uninitialized = block.Launch.Has(Checks.UninitializedRead);
        Cell[]? spare = t_spare;
        t_spare = null;
        _cells = spare is not null && spare.Length >= block.SharedBytes ? spare : new Cell[block.SharedBytes];
        Clocks = new ThreadClocks((int)block.Launch.Configuration.Block.Count);
    }

    public ThreadClocks Clocks { get; }

    public void Begin()
    {
        Array.Clear(_cells, 0, _touched);
        _touched = 0;
        Clocks.Begin();
    }

    public void Access(Warp warp, MemoryOp op, int lane, int offset)
    {
        int thread = warp.Thread(lane);
        var mark = new Mark(thread, Clocks.Now(thread), op.Source.Line);
        _touched = Math.Max(_touched, offset + op.Bytes);
        Cell before = _cells[offset];
        bool reported = false;
        for (int i = offset; i < offset + op.Bytes; i++)
        {
            ref Cell cell = ref _cells[i];
            if (i > offset && !reported && Equal(cell, before))
            {
                cell = _cells[offset];
                continue;
            }

            if (op.Kind != AccessKind.Store && !cell.Initialized && _uninitialized)
            {
                reported = true;
                _block.Launch.Reports.Add(
                    warp,
                    lane,
                    ReportKind.UninitializedRead,
                    $"reads byte {i} of shared memory, which nothing has written",
                    (ulong)offset,
                    "shared memory");
            }

            cell.Initialized |= op.Kind != AccessKind.Load;
            if (!_races) continue;
            if (Conflict(ref cell, thread, op.Kind) is { } other)
            {
                reported = true;
                Report(warp, op, lane, offset, i, other.Mark, other.Verb);
            }

            if (op.Kind == AccessKind.Load) cell.Readers.Add(mark);
            else if (op.Kind == AccessKind.Atomic) cell.Updaters.Add(mark);
            else cell.Writer = mark;
        }
    }

    public void Dispose()
    {
        Array.Clear(_cells, 0, _touched);
        t_spare = _cells;
    }

    // The bytes of an element mostly have one history.
    private static bool Equal(in Cell a, in Cell b) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<Cell>(in a)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<Cell>(in b)));

    private void Report(Warp warp, MemoryOp op, int lane, int offset, int at, Mark other, string verb)
    {
        string mine = op.Kind switch { AccessKind.Load => "reads", AccessKind.Store => "writes", _ => "updates" };
        Extent3 thread = Extent3.Unflatten(other.Thread, _block.Launch.Configuration.Block);
        _block.Launch.Reports.Add(
            warp,
            lane,
            ReportKind.SharedRace,
            $"{mine} byte {at} of shared memory, which thread {thread} {verb} at PTX line {other.Line} with no barrier between",
            (ulong)offset,
            "shared memory");
    }

    // Atomics are no race with each other, but with plain accesses; what they read is not remembered apart.
    private (Mark Mark, string Verb)? Conflict(ref Cell cell, int thread, AccessKind kind)
    {
        if (Unordered(cell.Writer, thread)) return (cell.Writer, "wrote");
        if (kind != AccessKind.Atomic && Unordered(cell.Updaters, thread) is { } updater) return (updater, "updated");
        if (kind != AccessKind.Load && Unordered(cell.Readers, thread) is { } reader) return (reader, "read");
        return null;
    }

    private bool Unordered(Mark mark, int thread) => mark.Time != 0 && !Clocks.Ordered(mark.Thread, mark.Time, thread);

    private Mark? Unordered(in Marks marks, int thread) =>
        Unordered(marks.Last, thread) ? marks.Last
        : Unordered(marks.Neighbour, thread) ? marks.Neighbour
        : Unordered(marks.Stranger, thread) ? marks.Stranger
        : null;

    private readonly record struct Mark(int Thread, int Time, int Line);

    /// <summary>
    /// Of the threads that did something three are kept: the last, another one of its warp, and one of another warp. So whoever
    /// comes next meets one other than itself, in its own warp and outside it.
    /// </summary>
    private struct Marks
    {
        public Mark Last;
        public Mark Neighbour;
        public Mark Stranger;

        public void Add(in Mark mark)
        {
            if (Last.Time != 0 && Last.Thread != mark.Thread)
            {
                if (Last.Thread >> 5 == mark.Thread >> 5) Neighbour = Last;
                else Stranger = Last;
            }

            Last = mark;
        }
    }

    private struct Cell
    {
        public Mark Writer;
        public Marks Readers;
        public Marks Updaters;
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
            block.Launch.Reports.Add(warp, lane, ReportKind.UninitializedRead,
                $"reads byte {offset + missing} of local memory, which the thread has not written", (ulong)offset, "local memory");
        range.Fill(true);
    }
}
