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
        private const int RunsAPart = 16;
        private readonly int _partsPerImage;
        private float* _scratch;

        protected PassTask(LrnLayer layer, BlockedFormat format)
        {
            Format = format;
            Row = new LrnRow<T>(layer, format);
            _partsPerImage = (format.Pixels + (LrnWindow<T>.Pixels * RunsAPart) - 1) / (LrnWindow<T>.Pixels * RunsAPart);
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
            float* scratch = _scratch + (worker * ScratchFloats), lines = Row.Prepare(scratch);
            int first = run * LrnWindow<T>.Pixels * RunsAPart, end = Math.Min(Format.Pixels, first + (LrnWindow<T>.Pixels * RunsAPart));
            for (int pixel = first; pixel < end; pixel += LrnWindow<T>.Pixels)
                Pixels((image * Format.ImageFloats) + ((long)pixel * Tile.Block), Math.Min(LrnWindow<T>.Pixels, end - pixel), lines, scratch + Row.ScratchFloats);
        }

        /// <summary>Does a few pixels.</summary>
        /// <param name="first">The offset of the first pixel's first block.</param>
        /// <param name="count">The number of pixels.</param>
        /// <param name="lines">Scratch memory for the window's summands.</param>
        /// <param name="rest">The rest of the scratch memory.</param>
        protected abstract void Pixels(long first, int count, float* lines, float* rest);
    }

    private sealed class ForwardTask(LrnLayer layer, BlockedFormat format) : PassTask(layer, format)
    {
        protected override void Pixels(long first, int count, float* lines, float* rest) =>
            Row.Normalise(Input + first, count, lines, Output + first, (long)Format.Pixels * Tile.Block);
    }

    private sealed class BackwardTask(LrnLayer layer, BlockedFormat format) : PassTask(layer, format)
    {
        private static int PowerPlane => LrnWindow<T>.Pixels * Tile.Block;

        public override long ScratchFloats => Row.ScratchFloats + (2L * PowerPlane * Format.Blocks);

        protected override void Pixels(long first, int count, float* lines, float* rest)
        {
            float* powers = rest, inverses = rest + (PowerPlane * Format.Blocks);
            Row.Powers(Input + first, count, lines, powers, inverses, PowerPlane);
            Row.Gradient(
                Input + first, count, lines, Gradient + first, (long)Format.Pixels * Tile.Block, powers, inverses, PowerPlane, Output + first, relu: false, sums: null);
        }
    }
}
