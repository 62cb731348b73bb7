using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>
/// Dropout, as <see cref="DropoutLayer"/> defines it. The mask is not kept: the backward pass draws it again from the same counters.
/// </summary>
internal sealed class Dropout : ReferenceOperator
{
    private const int Chunk = 1 << 12; // elements that one item computes; a multiple of the 4 words of a block
    private readonly Loops _loops;
    private readonly bool _drops;
    private readonly float _keep;
    private readonly ulong _seed;
    private readonly uint _nameHash;
    private readonly Action<int> _forwardChunk, _backwardChunk;
    private uint _step;

    public Dropout(Loops loops, Region region, DropoutLayer layer)
    {
        _loops = loops;
        (_drops, _keep, _seed, _nameHash) = (region.Dropout, layer.KeepProbability, region.Seed, Philox.Hash(layer.Name));
        (_forwardChunk, _backwardChunk) = (ForwardChunk, BackwardChunk);
        Needs = new OperatorNeeds
        {
            Inputs = [Doubles(region.Output)],
            Output = Doubles(region.Output),
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state)
    {
        if (_drops) Run(state, _forwardChunk);
        else Input.Values.CopyTo(Output.Values);
    }

    public override void Backward(in StepState state)
    {
        if (_drops) Run(state, _backwardChunk);
        else OutputGradient.Values.CopyTo(InputGradient!.Values);
    }

    private void Run(in StepState state, Action<int> chunk)
    {
        _step = state.Number;
        _loops.For(((Output.Values.Length - 1) / Chunk) + 1, Output.Shape.Count * 16, chunk);
    }

    private void ForwardChunk(int chunk) => Drop(Input.Values, Output.Values, chunk * Chunk);

    private void BackwardChunk(int chunk) => Drop(OutputGradient.Values, InputGradient!.Values, chunk * Chunk);

    private void Drop(ReadOnlySpan<double> source, Span<double> destination, int first)
    {
        int end = (int)Math.Min((long)first + Chunk, destination.Length);
        for (int i = first; i < end; i += 4)
        {
            (uint word0, uint word1, uint word2, uint word3) = Philox.Block(_seed, i / 4, _nameHash, _step);
            Drop(source, destination, i, word0);
            if (i + 1 < end) Drop(source, destination, i + 1, word1);
            if (i + 2 < end) Drop(source, destination, i + 2, word2);
            if (i + 3 < end) Drop(source, destination, i + 3, word3);
        }
    }

    private void Drop(ReadOnlySpan<double> source, Span<double> destination, int i, uint word) =>
        destination[i] = Philox.ToUnit(word) < _keep ? source[i] / _keep : 0;
}
