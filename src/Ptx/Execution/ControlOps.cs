using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>An instruction whose targets are instruction numbers of its function until the code is laid out.</summary>
internal interface ILinked
{
    void Link(Func<int, int> place, int reconvergence);
}

/// <summary>bra: taken lanes go to the target, the others fall through.</summary>
internal sealed class Branch : ControlOp, ILinked
{
    private int _target;
    private int _reconvergence = Flow.Nowhere;

    public required int Target { get; init; }

    public void Link(Func<int, int> place, int reconvergence)
    {
        _target = place(Target);
        _reconvergence = reconvergence;
    }

    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (Guard >= 0) warp.Block.Observer?.Branched(mask != 0 && mask != active);
        if (mask == active) warp.Flow.Advance(_target);
        else if (mask == 0 || _target == pc + 1) warp.Flow.Advance(pc + 1);
        else warp.Flow.Split([(active & ~mask, pc + 1), (mask, _target)], _reconvergence);
        return Signal.Continue;
    }
}

/// <summary>brx.idx: each lane goes where its index points in a table.</summary>
internal sealed unsafe class IndexedBranch(Slot index) : ControlOp, ILinked
{
    private int[] _targets = [];
    private int _reconvergence = Flow.Nowhere;

    public required int[] Targets { get; init; }

    public void Link(Func<int, int> place, int reconvergence)
    {
        _targets = Array.ConvertAll(Targets, t => place(t));
        _reconvergence = reconvergence;
    }

    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        var ways = new List<(uint Mask, int Pc)>();
        if (active != mask) ways.Add((active & ~mask, pc + 1));
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            uint i = ((uint*)(warp.Registers + index.Offset))[lane];
            if (i >= _targets.Length)
                throw warp.Block.Fault(warp, lane, FaultKind.OutOfBounds, $"branches to entry {i} of a table of {_targets.Length}");
            int way = ways.FindIndex(w => w.Pc == _targets[i]);
            if (way < 0) ways.Add((1u << lane, _targets[i]));
            else ways[way] = (ways[way].Mask | 1u << lane, _targets[i]);
        }

        warp.Block.Observer?.Branched(ways.Count > 1);
        if (ways.Count == 1) warp.Flow.Advance(ways[0].Pc);
        else warp.Flow.Split(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ways), _reconvergence);
        return Signal.Continue;
    }
}

/// <summary>call of a function known by name; its parameters have been copied by the instructions before.</summary>
internal sealed class Call : ControlOp
{
    public required Function Callee { get; init; }

    public int Target { get; set; }

    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask == 0) warp.Flow.Advance(pc + 1);
        else warp.Flow.Call(mask, active & ~mask, Target, pc + 1);
        return Signal.Continue;
    }
}

/// <summary>ret of a device function.</summary>
internal sealed class Return : ControlOp
{
    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask == 0) warp.Flow.Advance(pc + 1);
        else warp.Flow.Return(mask, active & ~mask, pc + 1);
        return Signal.Continue;
    }
}

/// <summary>exit, and ret of a kernel.</summary>
internal sealed class Exit : ControlOp
{
    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask != active) warp.Flow.Advance(pc + 1);
        if (mask != 0) warp.Exit(mask);
        return Signal.Continue;
    }
}

/// <summary>trap: the launch ends.</summary>
internal sealed class Trap : ControlOp
{
    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask != 0) throw warp.Block.Fault(warp, Lanes.First(mask), FaultKind.Trap, null);
        warp.Flow.Advance(pc + 1);
        return Signal.Continue;
    }
}
