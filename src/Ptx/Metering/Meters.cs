namespace AlexNetCuda.Ptx;

/// <summary>Traffic of one kind: loads, or stores and atomics.</summary>
public sealed record Traffic
{
    /// <summary>Requests: memory instructions of a warp.</summary>
    public long Requests { get; internal set; }

    /// <summary>32-byte sectors touched, counted anew for every request.</summary>
    public long Sectors { get; internal set; }

    /// <summary>Distinct bytes used, counted anew for every request.</summary>
    public long RequestBytes { get; internal set; }

    /// <summary>Bytes moved between L2 and the blocks: 32 for every sector a block touches, however often it does.</summary>
    public long L2Bytes { get; internal set; }

    /// <summary>Distinct bytes used, counted anew for every block.</summary>
    public long BlockBytes { get; internal set; }

    /// <summary>Bytes moved between memory and L2: 32 for every sector the launch touches, however often it does.</summary>
    public long DramBytes { get; internal set; }

    /// <summary>Sectors a request touches, on average.</summary>
    public double SectorsPerRequest => Requests == 0 ? 0 : (double)Sectors / Requests;

    /// <summary>The part of the sectors' bytes that the requests use: 1 is best.</summary>
    public double RequestEfficiency => Sectors == 0 ? 1 : RequestBytes / (32.0 * Sectors);

    /// <summary>The part of the sectors' bytes that the blocks use: 1 is best.</summary>
    public double BlockEfficiency => L2Bytes == 0 ? 1 : (double)BlockBytes / L2Bytes;
}

/// <summary>What a launch did, counted: a model of traffic, not a measurement of time.</summary>
public sealed record Meters
{
    /// <summary>Loads from global memory; neither .const nor .local memory is counted.</summary>
    public Traffic Loads { get; } = new();

    /// <summary>Stores to and atomics on global memory.</summary>
    public Traffic Stores { get; } = new();

    /// <summary>Bytes between L2 and the blocks, loads and stores together.</summary>
    public long L2Bytes => Loads.L2Bytes + Stores.L2Bytes;

    /// <summary>Bytes between memory and L2, loads and stores together.</summary>
    public long DramBytes => Loads.DramBytes + Stores.DramBytes;

    /// <summary>The requests' sectors and used bytes, loads and stores together, by the name of the allocation they touch.</summary>
    public IReadOnlyDictionary<string, (long Sectors, long Bytes)> RequestsByName => ByName;

    internal Dictionary<string, (long Sectors, long Bytes)> ByName { get; } = new(StringComparer.Ordinal);

    /// <summary>Requests to shared memory.</summary>
    public long SharedRequests { get; internal set; }

    /// <summary>Passes over the 32 banks of shared memory that those requests take.</summary>
    public long SharedWavefronts { get; internal set; }

    /// <summary>The passes they would take without bank conflicts: one for 128 distinct bytes or part of them.</summary>
    public long SharedWavefrontsLeast { get; internal set; }

    /// <summary>Passes a request takes, on average.</summary>
    public double WavefrontsPerRequest => SharedRequests == 0 ? 0 : (double)SharedWavefronts / SharedRequests;

    /// <summary>Branches that depend on a predicate or an index, as executed by warps.</summary>
    public long Branches { get; internal set; }

    /// <summary>Those that divided the active lanes.</summary>
    public long DivergentBranches { get; internal set; }
}
