namespace AlexNetCuda.Ptx.Execution;

/// <summary>
/// Lock step, as sm_6x and older run: a branch that divides the active lanes runs one side, then the other, up to the branch's
/// immediate post-dominator, where they join.
/// </summary>
internal sealed class ConvergingFlow(Random? random) : Flow
{
    private readonly List<Entry> _stack = [];
    private int _barrier = -1;

    public override void Begin(uint lanes, int pc)
    {
        _stack.Clear();
        _stack.Add(new Entry(lanes, pc, Nowhere, false));
        _barrier = -1;
    }

    public override bool Select(Warp warp, out int pc, out uint active)
    {
        if (_barrier < 0)
        {
            while (_stack.Count > 0)
            {
                Entry top = _stack[^1];
                if (top.Mask != 0 && top.Pc != top.Reconvergence)
                {
                    pc = top.Pc;
                    active = top.Mask;
                    return true;
                }

                _stack.RemoveAt(_stack.Count - 1);
            }
        }

        pc = 0;
        active = 0;
        return false;
    }

    public override bool CanRun(Warp warp) => _barrier < 0;

    public override void Advance(int pc) => _stack[^1] = _stack[^1] with { Pc = pc };

    public override void Split(ReadOnlySpan<(uint Mask, int Pc)> ways, int reconvergence)
    {
        Entry top = _stack[^1];
        bool joinsHere = reconvergence != Nowhere && reconvergence != top.Reconvergence;
        // A frame's own entry stays even when empty of work: it marks where its function began.
        if (joinsHere || top.IsFrame) _stack[^1] =
            top with { Pc = joinsHere ? reconvergence : Nowhere, Reconvergence = joinsHere ? top.Reconvergence : Nowhere };
        else _stack.RemoveAt(_stack.Count - 1);
        int first = random?.Next(ways.Length) ?? 0;
        for (int i = 0; i < ways.Length; i++)
        {
            (uint mask, int pc) = ways[(first + i) % ways.Length];
            if (pc != reconvergence) _stack.Add(new Entry(mask, pc, reconvergence, false));
        }
    }

    public override void Call(uint mask, uint others, int target, int returnPc)
    {
        Advance(returnPc);
        _stack.Add(new Entry(mask, target, Nowhere, true));
    }

    public override void Return(uint mask, uint others, int nextPc)
    {
        Advance(nextPc);
        for (int i = _stack.Count - 1; ; i--)
        {
            _stack[i] = _stack[i] with { Mask = _stack[i].Mask & ~mask };
            if (_stack[i].IsFrame) break;
        }
    }

    public override void Exit(Warp warp, uint mask)
    {
        for (int i = 0; i < _stack.Count; i++) _stack[i] = _stack[i] with { Mask = _stack[i].Mask & ~mask };
    }

    public override bool Meet(Warp warp, int pc, uint active, ReadOnlySpan<uint> masks, out uint group)
    {
        // Older GPUs have no way to wait: the lanes a mask names must be here already.
        for (uint left = active; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            if ((masks[lane] & warp.Live & ~active) == 0 && (masks[lane] >> lane & 1) != 0) continue;
            warp.Block.ReportUnconverged(warp, lane, masks[lane], active);
            break;
        }

        group = active;
        return true;
    }

    public override bool MeetBarrier(Warp warp, int pc, uint active, out uint arriving)
    {
        if (active != warp.Live) warp.Block.ReportDivergentBarrier(warp, Lanes.First(active), active);
        arriving = active;
        return true;
    }

    public override void Wait(uint lanes, int pc, int barrier)
    {
        Advance(pc);
        _barrier = barrier;
    }

    public override void Release(int barrier)
    {
        if (_barrier != barrier) return;
        _barrier = -1;
        Advance(_stack[^1].Pc + 1);
    }

    public override IEnumerable<(uint Lanes, int Pc)> Waiting()
    {
        if (_barrier >= 0) yield return (_stack[^1].Mask, _stack[^1].Pc);
    }

    private readonly record struct Entry(uint Mask, int Pc, int Reconvergence, bool IsFrame);
}
