using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>How the algorithm of a plan is chosen.</summary>
public enum ConvolutionSearchMode
{
    /// <summary>The one that the library expects to be fastest. Nothing is timed.</summary>
    Ranked,

    /// <summary>The one that is fastest when tried.</summary>
    Measured,

    /// <summary>The first that gives the same bits every time, of those the library lists without timing: the same choice every time, too.</summary>
    Deterministic,
}

/// <summary>Chooses algorithms, whatever library is behind the plans.</summary>
public static class ConvolutionSearch
{
    /// <summary>
    /// Chooses the algorithm of a plan, which is in use afterwards. Those that need more than the buffers' workspace are passed by, and so are, for
    /// ForwardBiasRelu, those by which the library does not compute it: that pass is run to see, and what it writes is overwritten.
    /// </summary>
    /// <returns>The algorithm, or null where none serves.</returns>
    public static ConvolutionCandidate? Choose(IConvolutionPlan plan, ConvolutionSearchMode mode, CUstream stream, in ConvolutionBuffers buffers)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var candidate in mode == ConvolutionSearchMode.Measured ? plan.Measure(stream, buffers) : plan.Rank())
        {
            if (mode == ConvolutionSearchMode.Deterministic && !candidate.IsDeterministic)
            {
                continue;
            }

            var used = plan.Use(candidate);
            if (used.WorkspaceBytes <= buffers.WorkspaceBytes && (plan.Pass != ConvolutionPass.ForwardBiasRelu || plan.TryRun(stream, buffers)))
            {
                return used;
            }
        }

        return null;
    }
}
