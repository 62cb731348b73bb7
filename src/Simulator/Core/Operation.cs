namespace AlexNetCuda.Simulator.Core;

/// <summary>A command in its place: it runs when those before it in its lane and those in <see cref="After"/> have run.</summary>
internal sealed class Operation(Lane lane, Command command)
{
    public Lane Lane { get; } = lane;

    public Command Command { get; } = command;

    /// <summary>What it waits for in other lanes; emptied when it is done, so that chains of done work can be collected.</summary>
    public List<Operation> After { get; } = [];

    public bool IsDone { get; set; }

    /// <summary>What has happened before it, and itself; null when nobody looks for hazards.</summary>
    public VectorClock? Clock { get; init; }

    /// <summary>What is remembered of it where it touched memory.</summary>
    public Touch? Touch { get; set; }

    /// <summary>When it may begin at the earliest, in simulated seconds.</summary>
    public double Earliest { get; set; }

    /// <summary>When it was done, in simulated seconds.</summary>
    public double End { get; set; }

    /// <summary>A status that it fails with when it runs, on purpose.</summary>
    public int FailsWith { get; init; }
}

/// <summary>Who touched memory, and when: all that is kept of an operation that is done.</summary>
internal sealed record Touch(string Name, Lane Lane, VectorClock Clock);

/// <summary>Operations that run one after the other: a stream, or a branch of an executable graph.</summary>
internal sealed class Lane(int index, string name, SimulatedContext context)
{
    public int Index { get; } = index;

    public string Name { get; } = name;

    public SimulatedContext Context { get; } = context;

    public Queue<Operation> Pending { get; } = new();

    /// <summary>The last operation put in, done or not; null before the first.</summary>
    public Operation? Tail { get; set; }

    /// <summary>Whether no more will be put in: it goes when it is empty.</summary>
    public bool IsClosed { get; set; }
}

/// <summary>How far each lane was known to be: one number a lane, all zero at first. Never changed once made.</summary>
internal sealed class VectorClock(int[] times)
{
    public static VectorClock Zero { get; } = new([]);

    public int this[int lane] => lane < times.Length ? times[lane] : 0;

    public VectorClock Join(VectorClock other)
    {
        var joined = new int[Math.Max(Length, other.Length)];
        for (int i = 0; i < joined.Length; i++) joined[i] = Math.Max(this[i], other[i]);
        return new VectorClock(joined);
    }

    /// <summary>The next moment of a lane.</summary>
    public VectorClock Advance(int lane, int time)
    {
        var next = new int[Math.Max(Length, lane + 1)];
        times.CopyTo(next, 0);
        next[lane] = time;
        return new VectorClock(next);
    }

    private int Length => times.Length;
}
