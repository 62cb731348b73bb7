using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Local response normalisation across channels, y = x * s^-beta, s being k + alpha * the sum of squares of the window. The gradient is
/// dx[i] = dy[i] * s[i]^-beta - 2 * alpha * beta * x[i] * sum over the window of dy[j] * y[j] / s[j]; s is computed again. A part is a run of pixels of one image.
/// </summary>
internal sealed unsafe class Lrn<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly PassTask _forward;
    private readonly PassTask? _backward;

    public Lrn(Region region, int threads)
    {
        var layer = (LrnLayer)region.Layers[0].Layer;
        var format = new BlockedFormat(region.Output);
        _forward = new ForwardTask(layer, format);
        if (region.Backward) _backward = new BackwardTask(layer, format);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = format,
            ForwardWorkspaceBytes = threads * _forward.ScratchFloats * sizeof(float),
            BackwardWorkspaceBytes = threads * (_backward?.ScratchFloats ?? 0) * sizeof(float),
            BackwardReadsInput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "window sums";

    public override void Bind(Bindings bindings)
    {
        float* input = Floats(bindings.Inputs[0]);
        _forward.Bind(input, null, Floats(bindings.Output), Floats(bindings.ForwardWorkspace));
        _backward?.Bind(input, Floats(bindings.OutputGradient), Floats(bindings.InputGradient), Floats(bindings.BackwardWorkspace));
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward!, _backward!.Parts);

    private abstract class PassTask : TeamTask
    {
        /// <summary>Pixels of a part.</summary>
        protected const int Pixels = 128;

        private readonly int _partsPerImage;
        private float* _scratch;

        protected PassTask(LrnLayer layer, BlockedFormat format)
        {
            Format = format;
            Row = LrnRow<T>.Create(layer, format);
            _partsPerImage = (format.Pixels + Pixels - 1) / Pixels;
        }

        public int Parts => Format.Logical.N * _partsPerImage;

        public virtual long ScratchFloats => Row.ScratchFloats;

        protected BlockedFormat Format { get; }

        protected LrnRow<T> Row { get; }

        protected float* Input { get; private set; }

        protected float* Gradient { get; private set; }

        protected float* Output { get; private set; }

        public void Bind(float* input, float* gradient, float* output, float* scratch)
        {
            Input = input;
            Gradient = gradient;
            Output = output;
            _scratch = scratch;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            (int image, int run) = Math.DivRem(part, _partsPerImage);
            float* scratch = _scratch + (worker * ScratchFloats), line = Row.Prepare(scratch);
            Run((image * Format.ImageFloats) + ((long)run * Pixels * Tile.Block), Math.Min(Pixels, Format.Pixels - (run * Pixels)), line, scratch + Row.ScratchFloats);
        }

        /// <summary>Does a run of pixels.</summary>
        /// <param name="first">The offset of the first pixel's first block.</param>
        /// <param name="count">The number of pixels.</param>
        /// <param name="line">Scratch memory for windows.</param>
        /// <param name="rest">The rest of the scratch memory.</param>
        protected abstract void Run(long first, int count, float* line, float* rest);
    }

    private sealed class ForwardTask(LrnLayer layer, BlockedFormat format) : PassTask(layer, format)
    {
        protected override void Run(long first, int count, float* line, float* rest) =>
            Row.Normalise(Input + first, count, line, Output + first, (long)Format.Pixels * Tile.Block);
    }

    private sealed class BackwardTask(LrnLayer layer, BlockedFormat format) : PassTask(layer, format)
    {
        private static int PowerPlane => Pixels * Tile.Block;

        public override long ScratchFloats => Row.ScratchFloats + (2L * PowerPlane * Format.Blocks);

        protected override void Run(long first, int count, float* line, float* rest)
        {
            float* powers = rest, inverses = rest + (PowerPlane * Format.Blocks);
            Row.Powers(Input + first, count, line, powers, inverses, PowerPlane);
            Row.Gradient(
                Input + first, count, line, Gradient + first, (long)Format.Pixels * Tile.Block, powers, inverses, PowerPlane, Output + first, relu: false, totals: null);
        }
    }
}
