using System.Diagnostics;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>
/// Runs operations, as late as it can. Without a seed only what somebody waits for runs, and what that waits for. With a seed any
/// lane may go on instead, so that orders come about that nobody thought of.
/// </summary>
internal sealed class Scheduler(SimulatorCore core)
{
    private readonly List<Lane> _lanes = [];
    private readonly Random? _random = core.Options.Seed == 0 ? null : new Random(core.Options.Seed);
    private int _created;

    public Lane AddLane(string name, SimulatedContext context)
    {
        var lane = new Lane(_created++, name, context);
        _lanes.Add(lane);
        return lane;
    }

    /// <summary>No more will be put into a lane.</summary>
    public void Close(Lane lane)
    {
        lane.IsClosed = true;
        if (lane.Pending.Count == 0) _lanes.Remove(lane);
    }

    /// <summary>Whether nothing waits to be run, in any lane.</summary>
    public bool IsIdle => _lanes.TrueForAll(lane => lane.Pending.Count == 0);

    public Operation Enqueue(Lane lane, Command command, IEnumerable<Operation?> after, int failsWith = 0)
    {
        Operation?[] before = [lane.Tail, .. after];
        VectorClock? clock = null;
        if (core.Hazards is not null)
        {
            clock = core.Hazards.Host;
            foreach (Operation? operation in before)
                if (operation?.Clock is { } known) clock = clock.Join(known);
            clock = clock.Advance(lane.Index, clock[lane.Index] + 1);
        }

        var added = new Operation(lane, command) { Clock = clock, Earliest = core.Now, FailsWith = failsWith };
        foreach (Operation? operation in before)
        {
            if (operation is { IsDone: true }) added.Earliest = Math.Max(added.Earliest, operation.End);
            else if (operation is not null && !ReferenceEquals(operation, lane.Tail)) added.After.Add(operation);
        }

        lane.Pending.Enqueue(added);
        lane.Tail = added;
        command.Count(core.Counters);
        return added;
    }

    public void RunUntil(Operation target)
    {
        while (!target.IsDone) Step(target);
    }

    /// <summary>Runs one operation: one that the target waits for, or, with a seed, any.</summary>
    public void Step(Operation target)
    {
        if (_random is not null)
        {
            List<Lane> ready = _lanes.FindAll(lane => lane.Pending.TryPeek(out Operation? first) && first.After.TrueForAll(o => o.IsDone));
            Debug.Assert(ready.Count > 0, "operations cannot wait for each other");
            Execute(ready[_random.Next(ready.Count)].Pending.Peek());
            return;
        }

        Operation next = target;
        while (true)
        {
            Operation first = next.Lane.Pending.Peek();
            if (!ReferenceEquals(first, next))
            {
                next = first;
                continue;
            }

            if (next.After.Find(o => !o.IsDone) is not { } needed) break;
            next = needed;
        }

        Execute(next);
    }

    /// <summary>The last operation of each lane of a context.</summary>
    public List<Operation> Tails(SimulatedContext context) =>
        [.. _lanes.Where(lane => ReferenceEquals(lane.Context, context)).Select(lane => lane.Tail).OfType<Operation>()];

    /// <summary>Runs all work of a context, its lanes in turns.</summary>
    public void Drain(SimulatedContext context)
    {
        while (true)
        {
            List<Lane> pending = _lanes.FindAll(lane => ReferenceEquals(lane.Context, context) && lane.Pending.Count > 0);
            if (pending.Count == 0) return;
            foreach (Lane lane in pending)
                if (lane.Pending.TryPeek(out Operation? first)) Step(first);
        }
    }

    /// <summary>Gives up what has not run: the context is broken or goes.</summary>
    public void Abandon(SimulatedContext context)
    {
        foreach (Lane lane in _lanes.FindAll(lane => ReferenceEquals(lane.Context, context)))
        {
            foreach (Operation operation in lane.Pending)
            {
                operation.IsDone = true;
                operation.End = Math.Max(operation.Earliest, core.Now);
                operation.After.Clear();
            }

            lane.Pending.Clear();
            if (lane.IsClosed) _lanes.Remove(lane);
        }
    }

    /// <summary>The lanes of a context whose streams are gone with it.</summary>
    public void Forget(SimulatedContext context)
    {
        Abandon(context);
        _lanes.RemoveAll(lane => ReferenceEquals(lane.Context, context));
    }

    private void Execute(Operation operation)
    {
        Lane lane = operation.Lane;
        lane.Pending.Dequeue();
        double start = operation.Earliest;
        foreach (Operation before in operation.After) start = Math.Max(start, before.End);
        operation.After.Clear();
        double seconds = 0;
        try
        {
            if (operation.FailsWith != 0) throw new DeviceFaultException((CUresult)operation.FailsWith, "a failure on purpose");
            core.Hazards?.Record(operation, operation.Command);
            seconds = operation.Command.Run(lane.Context, operation);
        }
#pragma warning disable CA1031 // Whatever work throws is a fault of the device: it surfaces as a status, never as an exception.
        catch (Exception error)
#pragma warning restore CA1031
        {
            core.Fault(lane.Context, operation, error);
        }

        operation.End = start + seconds;
        operation.IsDone = true;
        if (lane.Pending.TryPeek(out Operation? next)) next.Earliest = Math.Max(next.Earliest, operation.End);
        else if (lane.IsClosed) _lanes.Remove(lane);
    }
}
