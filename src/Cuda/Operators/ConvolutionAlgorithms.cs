using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Cuda;

/// <summary>
/// Chooses the algorithms of a convolution, once, when it is compiled: by measuring under the workspace limit, on scratch memory; in deterministic mode by the
/// library's own ranking, without measuring, since two measurements may choose differently. Choices are kept on disk.
/// </summary>
internal sealed class ConvolutionAlgorithms(CudaSession session, ConvolutionFormats formats)
{
    // What the library's one measurement of each says is twice as slow, or behind three others, is not tried again.
    private const int MostTried = 4;
    private const float Hopeless = 2;

    /// <summary>A pass with its algorithm in use.</summary>
    /// <exception cref="NotSupportedException">The library offers no algorithm that fits.</exception>
    internal IConvolutionPlan Choose(ConvolutionPass pass)
    {
        return Plan(pass, plan => Known(plan) ?? Try(plan, scratch => Best(plan, scratch)?.Candidate)) ?? throw new NotSupportedException(
            $"cuDNN offers no{(session.Options.Deterministic ? " deterministic" : "")} algorithm for {pass} of {formats.Problem} with {Limit} bytes of workspace. Allow more.");
    }

    /// <summary>
    /// The forward pass with bias and ReLU in one call, its algorithm in use; null where the library computes it by none, or where it was measured to take longer than
    /// the convolution alone and our kernel behind it.
    /// </summary>
    /// <param name="output">The convolution's output.</param>
    /// <param name="layout">Its order.</param>
    internal IConvolutionPlan? ChooseBiasRelu(ImageShape output, Layout layout)
    {
        if (session.Algorithms.Find(Key(ConvolutionPass.ForwardBiasRelu)) == AlgorithmCache.None) return null;
        IConvolutionPlan? chosen = Plan(ConvolutionPass.ForwardBiasRelu, plan => Known(plan) ?? Try(plan, scratch =>
        {
            if (Best(plan, scratch) is not { } fused) return null;
            return fused.Milliseconds <= TimeApart(scratch, output, layout) ? fused.Candidate : null;
        }));
        if (chosen is null) session.Algorithms.Keep(Key(ConvolutionPass.ForwardBiasRelu), AlgorithmCache.None);
        return chosen;
    }

    private long Limit => session.ConvolutionWorkspaceBytes;

    private bool Measures => !session.Options.Deterministic;

    private bool MeasuresAgain => Measures && session.Options.Trials > 0;

    private string Key(ConvolutionPass pass) => FormattableString.Invariant(
        $"{session.Gpu.Name} sm_{session.Gpu.Architecture}|cuDNN {session.DnnVersion}|{formats.Problem}|{pass}|{(session.Options.Deterministic ? "deterministic" : "fastest")}|{Limit}");

    /// <summary>A plan whose algorithm was chosen; null, and nothing is left, where none was.</summary>
    private IConvolutionPlan? Plan(ConvolutionPass pass, Func<IConvolutionPlan, ConvolutionCandidate?> choose)
    {
        IConvolutionPlan plan = session.Convolutions.Plan(formats.Problem, pass);
        try
        {
            if (choose(plan) is { } chosen)
            {
                session.Algorithms.Keep(Key(pass), AlgorithmCache.NameOf(chosen));
                return plan;
            }
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        plan.Dispose();
        return null;
    }

    /// <summary>The algorithm that was chosen before, in use; null where none was, or the library has it no more.</summary>
    private ConvolutionCandidate? Known(IConvolutionPlan plan)
    {
        if (session.Algorithms.Find(Key(plan.Pass)) is not { } known) return null;
        foreach (ConvolutionCandidate candidate in plan.Rank().Where(c => AlgorithmCache.NameOf(c) == known))
        {
            ConvolutionCandidate used = plan.Use(candidate);
            if (used.WorkspaceBytes <= Limit) return used;
        }

        return null;
    }

    private ConvolutionCandidate? Try(IConvolutionPlan plan, Func<ConvolutionBuffers, ConvolutionCandidate?> choose)
    {
        // The library's own ranking is taken without running anything, but for the pass that is run to see whether it is taken.
        if (!Measures && plan.Pass != ConvolutionPass.ForwardBiasRelu) return choose(new ConvolutionBuffers(0, 0, 0, WorkspaceBytes: Limit));
        using var scratch = new ConvolutionScratch(session, formats.Problem);
        ConvolutionCandidate? chosen = choose(scratch.Buffers);
        session.Synchronize("trying algorithms of a convolution");
        return chosen;
    }

    /// <summary>The best algorithm, in use, with its time, which is 0 where nothing is measured again.</summary>
    private (ConvolutionCandidate Candidate, float Milliseconds)? Best(IConvolutionPlan plan, ConvolutionBuffers buffers)
    {
        if (!MeasuresAgain)
        {
            ConvolutionSearchMode mode = Measures ? ConvolutionSearchMode.Measured : ConvolutionSearchMode.Deterministic;
            return ConvolutionSearch.Choose(plan, mode, session.Stream, buffers) is { } first ? (first, 0) : null;
        }

        using var timer = new StreamTimer(session);
        (ConvolutionCandidate Candidate, float Milliseconds)? best = null;
        IReadOnlyList<ConvolutionCandidate> candidates = plan.Measure(session.Stream, buffers);
        int tried = 0;
        foreach (ConvolutionCandidate candidate in candidates)
        {
            if (tried == MostTried || candidate.Milliseconds > Hopeless * candidates[0].Milliseconds) break;
            if (plan.Use(candidate).WorkspaceBytes > Limit || !plan.TryRun(session.Stream, buffers)) continue;
            tried++;
            float milliseconds = timer.Least(session.Options.Trials, () => plan.TryRun(session.Stream, buffers));
            if (best is null || milliseconds < best.Value.Milliseconds) best = (candidate, milliseconds);
        }

        return best is null ? null : (plan.Use(best.Value.Candidate), best.Value.Milliseconds);
    }

    /// <summary>The time of the best convolution alone and, behind it, our kernel for bias and ReLU; infinite where nothing is measured again.</summary>
    private float TimeApart(ConvolutionBuffers buffers, ImageShape output, Layout layout)
    {
        if (!MeasuresAgain) return float.PositiveInfinity;
        float milliseconds = 0;
        using IConvolutionPlan? alone = Plan(ConvolutionPass.Forward, plan =>
        {
            if (Best(plan, buffers) is not { } best) return null;
            milliseconds = best.Milliseconds;
            return best.Candidate;
        });
        if (alone is null) return float.PositiveInfinity;
        using var own = new LaunchList(session, [BiasReluKernels.Forward(buffers.Y, buffers.Bias, buffers.Y, output, relu: true, session.Storage, layout)]);
        using var timer = new StreamTimer(session);
        own.Start();
        return milliseconds + timer.Least(session.Options.Trials, own.Start);
    }
}
