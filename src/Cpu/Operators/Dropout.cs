using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>An operator that does to the gradient what it does to the values, element by element; may run in place.</summary>
internal abstract unsafe class LikewiseBackward : CpuOperator
{
    private float* _input, _output, _outputGradient, _inputGradient;

    protected LikewiseBackward(Region region)
    {
        Format = new BlockedFormat(region.Output);
        Needs = new OperatorNeeds
        {
            Inputs = [Format],
            Output = Format,
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    /// <summary>The format of all tensors.</summary>
    protected BlockedFormat Format { get; }

    public override void Bind(Bindings bindings)
    {
        _input = Floats(bindings.Inputs[0]);
        _output = Floats(bindings.Output);
        _outputGradient = Floats(bindings.OutputGradient);
        _inputGradient = Floats(bindings.InputGradient);
    }

    public override void Forward(ThreadTeam team, in StepState state) => Run(team, _input, _output, state.Number);

    public override void Backward(ThreadTeam team, in StepState state) => Run(team, _outputGradient, _inputGradient, state.Number);

    /// <summary>Runs one pass.</summary>
    protected abstract void Run(ThreadTeam team, float* from, float* to, uint step);
}

/// <summary>Dropout; may run in place. The mask is made anew in each pass, from the step's number: nothing is stored. A part is one block of 16 channels of one image.</summary>
internal sealed unsafe class Dropout : LikewiseBackward
{
    private readonly MaskTask _task;

    public Dropout(Region region)
        : base(region) => _task = new MaskTask((DropoutLayer)region.Layers[0].Layer, Format, region.Seed);

    public override string Algorithm => "Philox mask";

    protected override void Run(ThreadTeam team, float* from, float* to, uint step)
    {
        _task.From = from;
        _task.To = to;
        _task.Step = step;
        team.Run(_task, _task.Parts);
    }

    private sealed class MaskTask(DropoutLayer layer, BlockedFormat format, ulong seed) : TeamTask
    {
        private readonly uint _hash = Philox.Hash(layer.Name);

        public float* From { get; set; }

        public float* To { get; set; }

        public uint Step { get; set; }

        public int Parts => format.Logical.N * format.Blocks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            (int n, int block) = Math.DivRem(part, format.Blocks);
            int pixels = format.Pixels, first = block * Tile.Block, channels = Math.Min(Tile.Block, format.Logical.C - first);
            float* from = From + ((long)part * pixels * Tile.Block), to = To + ((long)part * pixels * Tile.Block);
            long index = ((long)n * format.Logical.C + first) * pixels; // of NCHW: it runs on through the pixels of one channel after the other
            float keep = layer.KeepProbability;
            (uint w0, uint w1, uint w2, uint w3) = Philox.Block(seed, index >> 2, _hash, Step);
            for (int channel = 0; channel < channels; channel++)
            {
                for (int p = 0; p < pixels; p++, index++)
                {
                    int word = (int)(index & 3);
                    if (word == 0) (w0, w1, w2, w3) = Philox.Block(seed, index >> 2, _hash, Step);
                    float u = Philox.ToUnit(word == 0 ? w0 : word == 1 ? w1 : word == 2 ? w2 : w3);
                    int at = (p * Tile.Block) + channel;
                    to[at] = u < keep ? from[at] / keep : 0;
                }
            }

            for (int channel = channels; channel < Tile.Block; channel++)
                for (int p = 0; p < pixels; p++) to[(p * Tile.Block) + channel] = 0;
        }
    }
}

/// <summary>Dropout that is switched off: the input passes on unchanged, in place where it can.</summary>
internal sealed unsafe class Identity(Region region) : LikewiseBackward(region)
{
    public override string Algorithm => "none";

    protected override void Run(ThreadTeam team, float* from, float* to, uint step)
    {
        if (from != to) Buffer.MemoryCopy(from, to, Format.Bytes, Format.Bytes);
    }
}
