using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>
/// Chooses the algorithms of a convolution, once, when it is compiled: by measuring under the workspace limit, on scratch memory; in deterministic mode by the
/// library's own ranking, without measuring, since two measurements may choose differently. Choices are kept on disk.
/// </summary>
internal sealed class ConvolutionAlgorithms(CudaSession session, ConvolutionFormats formats)
{
    /// <summary>A pass with its algorithm in use; null where the library computes ForwardBiasRelu by none.</summary>
    /// <exception cref="NotSupportedException">The library offers no algorithm that fits, for another pass.</exception>
    internal IConvolutionPlan? Choose(ConvolutionPass pass)
    {
        string key = Key(pass);
        string? known = session.Algorithms.Find(key);
        if (known == AlgorithmCache.None) return null;
        IConvolutionPlan plan = session.Convolutions.Plan(formats.Problem, pass);
        try
        {
            if (Choose(plan, known) is { } chosen)
            {
                session.Algorithms.Keep(key, AlgorithmCache.NameOf(chosen));
                return plan;
            }
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        plan.Dispose();
        if (pass != ConvolutionPass.ForwardBiasRelu)
        {
            throw new NotSupportedException(
                $"cuDNN offers no{(session.Options.Deterministic ? " deterministic" : "")} algorithm for {pass} of {formats.Problem} with {Limit} bytes of workspace. Allow more.");
        }

        session.Algorithms.Keep(key, AlgorithmCache.None);
        return null;
    }

    private long Limit => session.Options.ConvolutionWorkspaceBytes;

    private ConvolutionCandidate? Choose(IConvolutionPlan plan, string? known)
    {
        if (known is not null)
        {
            foreach (ConvolutionCandidate candidate in plan.Rank().Where(c => AlgorithmCache.NameOf(c) == known))
            {
                ConvolutionCandidate used = plan.Use(candidate);
                if (used.WorkspaceBytes <= Limit) return used;
            }
        }

        ConvolutionSearchMode mode = session.Options.Deterministic ? ConvolutionSearchMode.Deterministic : ConvolutionSearchMode.Measured;
        // The library's own ranking is taken without running anything, but for the pass that is run to see whether it is taken.
        if (mode == ConvolutionSearchMode.Deterministic && plan.Pass != ConvolutionPass.ForwardBiasRelu)
            return ConvolutionSearch.Choose(plan, mode, session.Stream, new ConvolutionBuffers(0, 0, 0, WorkspaceBytes: Limit));
        using var scratch = new Scratch(session, formats, Limit);
        ConvolutionCandidate? chosen = ConvolutionSearch.Choose(plan, mode, session.Stream, scratch.Buffers);
        session.Synchronize("trying algorithms of a convolution");
        return chosen;
    }

    private string Key(ConvolutionPass pass) => FormattableString.Invariant(
        $"{session.Gpu.Name} sm_{session.Gpu.Architecture}|cuDNN {session.DnnVersion}|{formats.Problem}|{pass}|{(session.Options.Deterministic ? "deterministic" : "fastest")}|{Limit}");

    /// <summary>Memory to measure on: measuring overwrites outputs.</summary>
    private sealed class Scratch : IDisposable
    {
        private readonly CudaSession _session;
        private readonly Stack<DeviceAllocation> _made = new();

        internal Scratch(CudaSession session, ConvolutionFormats formats, long workspace)
        {
            _session = session;
            try
            {
                Buffers = new ConvolutionBuffers(
                    Make(formats.Input.Bytes), Make(formats.Filters.Bytes), Make(formats.Output.Bytes), Make(4L * formats.Problem.Filters), Make(workspace), workspace);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        internal ConvolutionBuffers Buffers { get; }

        public void Dispose() => Disposal.All(_made);

        private ulong Make(long bytes)
        {
            if (bytes == 0) return 0;
            DeviceAllocation memory = _session.Allocate(bytes, "trying algorithms of a convolution");
            _made.Push(memory);
            return memory.Address;
        }
    }
}
