using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>A pass over all floats of a tensor, padding included, in pieces.</summary>
internal abstract unsafe class ElementwiseTask(long floats) : TeamTask
{
    protected const int Piece = 1 << 14;

    public int Parts => (int)((floats + Piece - 1) / Piece);

    public sealed override void Execute(int part, int worker)
    {
        long first = (long)part * Piece;
        Run(first, (int)Math.Min(Piece, floats - first));
    }

    /// <summary>Does a piece; its length is a multiple of 16.</summary>
    protected abstract void Run(long first, int count);
}

/// <summary>A rectifier on its own; may run in place.</summary>
internal sealed unsafe class Relu<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly ForwardTask _forward;
    private readonly BackwardTask? _backward;

    public Relu(Region region)
    {
        var format = new BlockedFormat(region.Output);
        _forward = new ForwardTask(format.Floats);
        if (region.Backward) _backward = new BackwardTask(format.Floats);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = format,
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
            BackwardReadsOutput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "elementwise";

    public override void Bind(Bindings bindings)
    {
        _forward.Input = Floats(bindings.Inputs[0]);
        _forward.Output = Floats(bindings.Output);
        if (_backward is null) return;
        _backward.Output = Floats(bindings.Output);
        _backward.OutputGradient = Floats(bindings.OutputGradient);
        _backward.InputGradient = Floats(bindings.InputGradient);
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward!, _backward!.Parts);

    private sealed class ForwardTask(long floats) : ElementwiseTask(floats)
    {
        public float* Input { get; set; }

        public float* Output { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Run(long first, int count)
        {
            float* from = Input + first, to = Output + first;
            for (int i = 0; i < count; i += T.Width) T.Store(T.Relu(T.Load(from + i)), to + i);
        }
    }

    private sealed class BackwardTask(long floats) : ElementwiseTask(floats)
    {
        public float* Output { get; set; }

        public float* OutputGradient { get; set; }

        public float* InputGradient { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Run(long first, int count)
        {
            float* output = Output + first, from = OutputGradient + first, to = InputGradient + first;
            for (int i = 0; i < count; i += T.Width) T.Store(T.ReluGradient(T.Load(output + i), T.Load(from + i)), to + i);
        }
    }
}
