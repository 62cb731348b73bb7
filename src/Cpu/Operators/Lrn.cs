using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Local response normalisation across channels. A few pixels at a time, their squares are laid out channel after channel, with zeros on both sides, so that a window is a sum of
/// shifted loads; each window is summed afresh. The gradient is
/// dx[i] = dy[i] * s[i]^-beta - 2 * alpha * beta * x[i] * sum over the window of dy[j] * y[j] / s[j], s being k + alpha * the sum of squares.
/// </summary>
internal sealed unsafe class Lrn<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly LrnTask<ForwardPass> _forward;
    private readonly LrnTask<BackwardPass>? _backward;

    public Lrn(Region region, int threads)
    {
        var layer = (LrnLayer)region.Layers[0].Layer;
        var format = new BlockedFormat(region.Output);
        _forward = new LrnTask<ForwardPass>(layer, format);
        if (region.Backward) _backward = new LrnTask<BackwardPass>(layer, format);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = format,
            SavedBytes = region.Backward ? format.Bytes : 0,
            ForwardWorkspaceBytes = threads * _forward.ScratchFloats * sizeof(float),
            BackwardWorkspaceBytes = threads * _forward.ScratchFloats * sizeof(float),
            BackwardReadsInput = true,
            BackwardReadsOutput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "window sums";

    public override void Bind(Bindings bindings)
    {
        var tensors = new Tensors
        {
            Input = Floats(bindings.Inputs[0]),
            Output = Floats(bindings.Output),
            Saved = Floats(bindings.Saved),
            OutputGradient = Floats(bindings.OutputGradient),
            InputGradient = Floats(bindings.InputGradient),
        };
        _forward.Bind(tensors, Floats(bindings.ForwardWorkspace));
        _backward?.Bind(tensors, Floats(bindings.BackwardWorkspace));
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward!, _backward!.Parts);

    /// <summary>The layer's numbers and tensors, as the passes read them.</summary>
    private struct Tensors
    {
        public float* Input, Output, Saved, OutputGradient, InputGradient;
        public float Bias, Alpha, Beta;

        /// <summary>s to the power of -beta.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly T Power(T s)
        {
            if (Beta == 0.75f)
            {
                T root = T.Sqrt(s);
                return T.Divide(T.Broadcast(1), T.Multiply(root, T.Sqrt(root)));
            }

            if (Beta == 0.5f) return T.Divide(T.Broadcast(1), T.Sqrt(s));
            return Beta == 1f ? T.Divide(T.Broadcast(1), s) : T.Exp(T.Multiply(T.Broadcast(-Beta), T.Log(s)));
        }
    }

    /// <summary>What differs between the passes: static, so that it is compiled into the loops.</summary>
    private interface IPass
    {
        /// <summary>The number whose sum over the window is needed, of one register at an offset.</summary>
        static abstract T Summand(in Tensors t, long offset);

        /// <summary>Ends a register at an offset, given its windows' sums.</summary>
        static abstract void Finish(in Tensors t, long offset, T sum);
    }

    private readonly struct ForwardPass : IPass
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Summand(in Tensors t, long offset)
        {
            T x = T.Load(t.Input + offset);
            return T.Multiply(x, x);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Finish(in Tensors t, long offset, T sum)
        {
            T s = T.MultiplyAdd(T.Broadcast(t.Alpha), sum, T.Broadcast(t.Bias));
            if (t.Saved != null) T.Store(s, t.Saved + offset);
            T.Store(T.Multiply(T.Load(t.Input + offset), t.Power(s)), t.Output + offset);
        }
    }

    private readonly struct BackwardPass : IPass
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Summand(in Tensors t, long offset) =>
            T.Divide(T.Multiply(T.Load(t.OutputGradient + offset), T.Load(t.Output + offset)), T.Load(t.Saved + offset));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Finish(in Tensors t, long offset, T sum)
        {
            T own = T.Multiply(T.Load(t.OutputGradient + offset), t.Power(T.Load(t.Saved + offset)));
            T factor = T.Multiply(T.Broadcast(-2 * t.Alpha * t.Beta), T.Load(t.Input + offset));
            T.Store(T.MultiplyAdd(factor, sum, own), t.InputGradient + offset);
        }
    }

    /// <summary>Runs a pass over runs of pixels. A part is a run of pixels of one image.</summary>
    private sealed class LrnTask<TPass> : TeamTask
        where TPass : struct, IPass
    {
        private const int PixelsAtOnce = 8, RunsAPart = 16;
        private readonly BlockedFormat _format;
        private readonly LrnLayer _layer;
        private readonly int _radius, _margin, _line, _partsPerImage;
        private Tensors _tensors;
        private float* _scratch;

        public LrnTask(LrnLayer layer, BlockedFormat format)
        {
            (_layer, _format) = (layer, format);
            _radius = Math.Min(layer.Radius, format.Logical.C); // a window never reaches further than all channels
            _margin = (_radius + Tile.Block - 1) / Tile.Block * Tile.Block;
            _line = (format.Blocks * Tile.Block) + (2 * _margin);
            _partsPerImage = (format.Pixels + (PixelsAtOnce * RunsAPart) - 1) / (PixelsAtOnce * RunsAPart);
        }

        public int Parts => _format.Logical.N * _partsPerImage;

        public long ScratchFloats => (long)PixelsAtOnce * _line;

        public void Bind(Tensors tensors, float* scratch)
        {
            (tensors.Bias, tensors.Alpha, tensors.Beta) = (_layer.Bias, _layer.Alpha, _layer.Beta);
            _tensors = tensors;
            _scratch = scratch;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            (int image, int run) = Math.DivRem(part, _partsPerImage);
            float* scratch = _scratch + (worker * ScratchFloats);
            for (int pixel = 0; pixel < PixelsAtOnce; pixel++)
            {
                NativeMemory.Clear(scratch + ((long)pixel * _line), (nuint)(_margin * sizeof(float)));
                NativeMemory.Clear(scratch + ((long)(pixel + 1) * _line) - _margin, (nuint)(_margin * sizeof(float)));
            }

            int first = run * PixelsAtOnce * RunsAPart, end = Math.Min(_format.Pixels, first + (PixelsAtOnce * RunsAPart));
            for (int pixel = first; pixel < end; pixel += PixelsAtOnce)
                Pixels(_tensors, (image * _format.ImageFloats) + ((long)pixel * Tile.Block), Math.Min(PixelsAtOnce, end - pixel), scratch + _margin);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Pixels(in Tensors tensors, long first, int count, float* lines)
        {
            long plane = (long)_format.Pixels * Tile.Block;
            int radius = _radius, line = _line, blocks = _format.Blocks;
            for (int block = 0; block < blocks; block++)
                for (int p = 0; p < count; p++)
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                        T.Store(TPass.Summand(tensors, first + (block * plane) + (p * Tile.Block) + lane), lines + ((long)p * line) + (block * Tile.Block) + lane);

            for (int block = 0; block < blocks; block++)
            {
                for (int p = 0; p < count; p++)
                {
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    {
                        float* centre = lines + ((long)p * line) + (block * Tile.Block) + lane;
                        T sum = T.Load(centre - radius);
                        for (int j = 1 - radius; j <= radius; j++) sum = T.Add(sum, T.Load(centre + j));
                        TPass.Finish(tensors, first + (block * plane) + (p * Tile.Block) + lane, sum);
                    }
                }
            }
        }
    }
}
