using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Weights, after an update, to transformed weights. A part is one panel.</summary>
internal sealed unsafe class TransformWeights : CpuOperator
{
    private readonly TransformTask _task;

    public TransformWeights(ConvolutionPanels source, WinogradPanels destination)
    {
        Needs = new OperatorNeeds { Inputs = [source], Output = destination };
        _task = new TransformTask(source, destination);
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "Winograd";

    public override void Bind(Bindings bindings)
    {
        _task.From = Floats(bindings.Inputs[0]);
        _task.To = Floats(bindings.Output);
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_task, _task.Parts);

    private sealed class TransformTask(ConvolutionPanels source, WinogradPanels destination) : TeamTask
    {
        public float* From { get; set; }

        public float* To { get; set; }

        public int Parts => destination.GroupCount * destination.Panels;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            (int group, int panel) = Math.DivRem(part, destination.Panels);
            int area = destination.Taps * destination.Taps;
            long tapFloats = source.PanelFloats / area;
            float* to = To + (part * destination.PanelFloats);
            float* taps = stackalloc float[area * Tile.Block];
            double* scratch = stackalloc double[destination.ScratchDoubles];
            for (int row = 0; row < destination.RowBlocks * Tile.Block; row++)
            {
                if (destination.Gradient) Turned(group, row, panel * Tile.Block, area, tapFloats, taps);
                else Straight(From + (part * source.PanelFloats) + (row * Tile.Block), area, tapFloats, taps);
                destination.Transform(taps, to + (row * Tile.Block), scratch);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Straight(float* from, int area, long tapFloats, float* taps)
        {
            for (int tap = 0; tap < area; tap++, from += tapFloats, taps += Tile.Block) Unsafe.CopyBlockUnaligned(taps, from, Tile.Block * sizeof(float));
        }

        /// <summary>16 input channels of one output channel, turned round.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Turned(int group, int output, int input, int area, long tapFloats, float* taps)
        {
            float* from = From + ((((long)group * source.Panels) + (output / Tile.Block)) * source.PanelFloats) + ((long)input * Tile.Block) + (output % Tile.Block);
            int columns = Math.Min(Tile.Block, destination.Columns - input);
            bool inside = output < destination.Rows;
            for (int tap = area - 1; tap >= 0; tap--, from += tapFloats)
            {
                float* to = taps + (tap * Tile.Block);
                for (int j = 0; j < Tile.Block; j++) to[j] = inside && j < columns ? from[j * Tile.Block] : 0;
            }
        }
    }
}
