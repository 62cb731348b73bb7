namespace AlexNetCuda.Ptx.Execution;

/// <summary>
/// Independent thread scheduling, as sm_7x and later run: every lane has its own program counter; lanes at one place run together
/// when the schedule puts them together, and .sync instructions wait for the lanes they name. Without a seed, the lanes furthest
/// behind run first, so that they meet where the code joins; with one, a quarter of the choices are left to chance. Either way
/// every group of lanes runs again and again, so that lanes may wait for each other in loops.
/// </summary>
internal sealed class IndependentFlow(Random? random) : Flow
{
    private const int Period = 64;
    private const int FairTurns = 8;

    private readonly List<Fragment> _fragments = [];
    private Fragment _current = null!;
    private int _turn;
    private int _fair;

    private enum Why { None, Meeting, Gathering, Barrier }

    public override void Begin(uint lanes, int pc)
    {
        _fragments.Clear();
        _current = new Fragment { Mask = lanes, Pc = pc };
        _fragments.Add(_current);
        _turn = 0;
    }

    public override bool Select(Warp warp, out int pc, out uint active)
    {
        if (_fragments.Count == 1 && _current.Waits == Why.None && ReferenceEquals(_fragments[0], _current))
        {
            pc = _current.Pc;
            active = _current.Mask;
            return active != 0;
        }

        _fragments.RemoveAll(f => f.Mask == 0);
        Fragment? chosen = Choose();
        if (chosen is null)
        {
            // Nobody else in the warp will come: the barrier is divergent.
            chosen = _fragments.Find(f => f.Waits == Why.Gathering);
            if (chosen is null)
            {
                pc = 0;
                active = 0;
                return false;
            }

            warp.Current = warp.Block.Launch.Program.Code[chosen.Pc];
            warp.Block.ReportDivergentBarrier(warp, Lanes.First(chosen.Mask), chosen.Mask);
            chosen.Waits = Why.None;
            chosen.Forced = true;
        }

        foreach (Fragment other in _fragments)
        {
            if (ReferenceEquals(other, chosen) || other.Waits != Why.None || other.Pc != chosen.Pc
                || !Frame.Same(other.Frame, chosen.Frame)) continue;
            chosen.Mask |= other.Mask;
            other.Mask = 0;
        }

        _fragments.RemoveAll(f => f.Mask == 0);
        _current = chosen;
        pc = chosen.Pc;
        active = chosen.Mask;
        return true;
    }

    public override bool CanRun(Warp warp) => _fragments.Exists(f => f.Mask != 0 && f.Waits is Why.None or Why.Gathering);

    public override void Advance(int pc) => _current.Pc = pc;

    public override void Split(ReadOnlySpan<(uint Mask, int Pc)> ways, int reconvergence)
    {
        foreach ((uint mask, int pc) in ways) _fragments.Add(new Fragment { Mask = mask, Pc = pc, Frame = _current.Frame });
        _current.Mask = 0;
    }

    public override void Call(uint mask, uint others, int target, int returnPc)
    {
        if (others != 0) _fragments.Add(new Fragment { Mask = others, Pc = returnPc, Frame = _current.Frame });
        _current.Mask = mask;
        _current.Frame = new Frame(returnPc, _current.Frame);
        _current.Pc = target;
    }

    public override void Return(uint mask, uint others, int nextPc)
    {
        if (others != 0) _fragments.Add(new Fragment { Mask = others, Pc = nextPc, Frame = _current.Frame });
        _current.Mask = mask;
        _current.Pc = _current.Frame!.ReturnPc;
        _current.Frame = _current.Frame.Parent;
    }

    public override void Exit(Warp warp, uint mask)
    {
        foreach (Fragment fragment in _fragments)
        {
            fragment.Mask &= ~mask;
            // Those who waited for the lanes that are gone look again.
            if (fragment.Waits is Why.Meeting or Why.Gathering) fragment.Waits = Why.None;
        }
    }

    public override bool Meet(Warp warp, int pc, uint active, ReadOnlySpan<uint> masks, out uint group)
    {
        _current.Pc = pc;
        uint named = masks[Lanes.First(active)];
        group = 0;
        for (uint left = active; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            if (masks[lane] == named) group |= 1u << lane;
        }

        if (group != active)
        {
            _fragments.Add(new Fragment { Mask = active & ~group, Pc = pc, Frame = _current.Frame });
            _current.Mask = group;
        }

        if ((group & ~named) != 0) warp.Block.ReportUnconverged(warp, Lanes.First(group & ~named), named, active);
        _current.Named = named;
        _current.IsWarpBarrier = warp.Block.Launch.Program.Code[pc] is WarpBarrier;
        bool anywhere = _current.IsWarpBarrier;
        foreach (Fragment other in _fragments)
            if (Joins(other, named, pc, anywhere)) group |= other.Mask;

        if ((named & warp.Live & ~group) != 0)
        {
            _current.Waits = Why.Meeting;
            return false;
        }

        foreach (Fragment other in _fragments)
        {
            if (!Joins(other, named, pc, anywhere)) continue;
            other.Waits = Why.None;
            if (other.Pc == pc && Frame.Same(other.Frame, _current.Frame))
            {
                _current.Mask |= other.Mask;
                other.Mask = 0;
            }
            else
            {
                other.Pc++;
            }
        }

        return true;
    }

    public override bool MeetBarrier(Warp warp, int pc, uint active, out uint arriving)
    {
        _current.Pc = pc;
        arriving = active;
        if (active == warp.Live || _current.Forced)
        {
            _current.Forced = false;
            return true;
        }

        foreach (Fragment other in _fragments)
            if (Gathers(other, pc)) arriving |= other.Mask;
        if (arriving != warp.Live)
        {
            _current.Waits = Why.Gathering;
            return false;
        }

        foreach (Fragment other in _fragments)
        {
            if (!Gathers(other, pc)) continue;
            _current.Mask |= other.Mask;
            other.Mask = 0;
        }

        return true;
    }

    public override void Wait(uint lanes, int pc, int barrier)
    {
        _current.Pc = pc;
        _current.Waits = Why.Barrier;
        _current.Barrier = barrier;
    }

    public override void Release(int barrier)
    {
        foreach (Fragment fragment in _fragments)
        {
            if (fragment.Waits != Why.Barrier || fragment.Barrier != barrier) continue;
            fragment.Waits = Why.None;
            fragment.Pc++;
        }
    }

    public override IEnumerable<(uint Lanes, int Pc)> Waiting() =>
        _fragments.Where(f => f.Mask != 0 && f.Waits != Why.None).Select(f => (f.Mask, f.Pc));

    private bool Joins(Fragment other, uint named, int pc, bool anywhere) =>
        !ReferenceEquals(other, _current) && other.Mask != 0 && other.Waits == Why.Meeting && other.Named == named
        && (anywhere ? other.IsWarpBarrier : other.Pc == pc && Frame.Same(other.Frame, _current.Frame));

    private bool Gathers(Fragment other, int pc) =>
        !ReferenceEquals(other, _current) && other.Mask != 0 && other.Waits == Why.Gathering && other.Pc == pc
            && Frame.Same(other.Frame, _current.Frame);

    private Fragment? Choose()
    {
        int runnable = 0;
        Fragment? best = null;
        foreach (Fragment fragment in _fragments)
        {
            if (fragment.Waits != Why.None) continue;
            runnable++;
            if (best is null || Depth(fragment) > Depth(best) || (Depth(fragment) == Depth(best) && fragment.Pc < best.Pc)) best = fragment;
        }

        if (runnable < 2) return best;
        bool chance = random is not null && random.Next(4) == 0;
        bool fair = ++_turn % Period < FairTurns;
        if (!chance && !fair) return best;
        int pick = chance ? random!.Next(runnable) : _fair++ / FairTurns % runnable;
        foreach (Fragment fragment in _fragments)
            if (fragment.Waits == Why.None && pick-- == 0) return fragment;
        return best;
    }

    private static int Depth(Fragment fragment) => fragment.Frame?.Depth ?? 0;

    private sealed class Fragment
    {
        public uint Mask { get; set; }
        public int Pc { get; set; }
        public Frame? Frame { get; set; }
        public Why Waits { get; set; }
        public uint Named { get; set; }
        public bool IsWarpBarrier { get; set; }
        public int Barrier { get; set; }
        public bool Forced { get; set; }
    }

    /// <summary>Where a called function returns to; lanes that called from one place have equal frames, whenever they came.</summary>
    private sealed record Frame(int ReturnPc, Frame? Parent)
    {
        public int Depth { get; } = (Parent?.Depth ?? 0) + 1;

        public static bool Same(Frame? a, Frame? b)
        {
            while (!ReferenceEquals(a, b))
            {
                if (a is null || b is null || a.ReturnPc != b.ReturnPc) return false;
                a = a.Parent;
                b = b.Parent;
            }

            return true;
        }
    }
}
