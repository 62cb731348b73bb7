namespace AlexNetCuda.Devices;

/// <summary>What the host hands to a device that then works by itself.</summary>
/// <param name="Launches">Launches of kernels of the device's own.</param>
/// <param name="LibraryCalls">Calls of libraries that compute: a convolution, a product. A library launches what it likes for each.</param>
public readonly record struct EnqueuedCalls(int Launches, int LibraryCalls)
{
    /// <summary>These calls and others.</summary>
    public EnqueuedCalls Plus(EnqueuedCalls other) => new(Launches + other.Launches, LibraryCalls + other.LibraryCalls);
}

/// <summary>A program of a device to which the host hands calls, and which has a clock of its own. Devices that compute in the host's threads have none.</summary>
public interface IEnqueuingProgram : IProgram
{
    /// <summary>Whether the device times each run from the next on. False at first, and then nothing is added to a run.</summary>
    bool IsClocked { get; set; }

    /// <summary>The seconds from the first to the last call of the last run, on the device's clock; null where it was not timed. The run has been waited for.</summary>
    double? ReadSeconds();

    /// <summary>The calls of a run, those that belong to no step among them. As a graph a run is one call; these are then its nodes. Known from the first run on.</summary>
    EnqueuedCalls Calls { get; }

    /// <summary>The calls of each step of a run.</summary>
    /// <param name="calls">Takes one entry a step.</param>
    void ReadStepCalls(Span<EnqueuedCalls> calls);
}
