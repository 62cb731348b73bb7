using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Concatenation along dimension 1 of blocked activations; the gradient goes back the same way. A part is one block of 16 channels of one image of what is written:
/// a block that lies whole in one block of the source is copied, one that is put together from several goes channel by channel.
/// </summary>
internal sealed unsafe class Concat : CpuOperator
{
    private readonly BlockedFormat[] _inputs;
    private readonly BlockedFormat _output;
    private readonly GatherTask _forward;
    private readonly GatherTask?[] _backward;

    public Concat(Region region)
    {
        _inputs = [.. region.Layers[0].Inputs.Select(shape => new BlockedFormat(shape))];
        _output = new BlockedFormat(region.Output);
        Needs = new OperatorNeeds { Inputs = _inputs, Output = _output };
        _forward = new GatherTask(_output);
        _backward = new GatherTask?[_inputs.Length];
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "reorder";

    public override void Bind(Bindings bindings)
    {
        _forward.Bind(Floats(bindings.Output), [.. _inputs.SelectMany((format, i) => Channels(format, bindings.Inputs[i]))]);
        if (bindings.OutputGradient is null) return;
        Channel[] gradient = [.. Channels(_output, bindings.OutputGradient)];
        for (int i = 0, first = 0; i < _inputs.Length; first += _inputs[i].Logical.C, i++)
        {
            if (bindings.InputGradients[i] is not { } buffer) continue;
            _backward[i] = new GatherTask(_inputs[i]);
            _backward[i]!.Bind(Floats(buffer), gradient[first..(first + _inputs[i].Logical.C)]);
        }
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state)
    {
        foreach (GatherTask? task in _backward)
            if (task is not null) team.Run(task, task.Parts);
    }

    private static IEnumerable<Channel> Channels(BlockedFormat format, IBuffer buffer) =>
        Enumerable.Range(0, format.Logical.C).Select(c => new Channel((nint)(Floats(buffer) + format.RowOffset(c, 0)), format.ImageFloats));

    /// <summary>Where a channel of image 0 begins, and the floats from one image to the next.</summary>
    private readonly record struct Channel(nint Address, long ImageFloats);

    /// <summary>Fills a tensor from the channels that it is to have.</summary>
    private sealed class GatherTask(BlockedFormat to) : TeamTask
    {
        private float* _to;
        private Channel[] _channels = [];

        public int Parts => to.Logical.N * to.Blocks;

        public void Bind(float* tensor, Channel[] channels)
        {
            _to = tensor;
            _channels = channels;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            (int n, int block) = Math.DivRem(part, to.Blocks);
            long floats = (long)to.Pixels * Tile.Block;
            float* target = _to + (part * floats);
            ReadOnlySpan<Channel> channels = _channels.AsSpan(block * Tile.Block, Math.Min(Tile.Block, _channels.Length - (block * Tile.Block)));
            if (channels.Length == Tile.Block && channels[0].Address % (Tile.Block * sizeof(float)) == 0 && channels[^1].Address - channels[0].Address == (Tile.Block - 1) * sizeof(float))
            {
                NativeMemory.Copy((float*)channels[0].Address + (n * channels[0].ImageFloats), target, (nuint)(floats * sizeof(float)));
                return;
            }

            if (channels.Length < Tile.Block) NativeMemory.Clear(target, (nuint)(floats * sizeof(float))); // the lanes beyond the channels stay 0
            for (int lane = 0; lane < channels.Length; lane++)
            {
                float* source = (float*)channels[lane].Address + (n * channels[lane].ImageFloats);
                for (long i = 0; i < floats; i += Tile.Block) target[i + lane] = source[i];
            }
        }
    }
}
