using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>An operator that moves elements and computes nothing: forward one way, the gradient back the other. A part is one image, or one panel.</summary>
internal abstract unsafe class Reorder : CpuOperator
{
    private readonly MoveTask _forward, _backward;
    private readonly int _parts;

    protected Reorder(TensorFormat source, TensorFormat destination, int parts)
    {
        Needs = new OperatorNeeds { Inputs = [source], Output = destination };
        _parts = parts;
        _forward = new MoveTask(this, back: false);
        _backward = new MoveTask(this, back: true);
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "reorder";

    public override void Bind(Bindings bindings)
    {
        _forward.Bind(Floats(bindings.Inputs[0]), Floats(bindings.Output));
        _backward.Bind(Floats(bindings.OutputGradient), Floats(bindings.InputGradient));
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _parts);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward, _parts);

    /// <summary>Moves a part from the source's format to the destination's.</summary>
    protected abstract void Move(float* from, float* to, int part);

    /// <summary>Moves a part from the destination's format to the source's.</summary>
    protected abstract void MoveBack(float* from, float* to, int part);

    private sealed class MoveTask(Reorder owner, bool back) : TeamTask
    {
        private float* _from, _to;

        public void Bind(float* from, float* to)
        {
            _from = from;
            _to = to;
        }

        public override void Execute(int part, int worker)
        {
            if (back) owner.MoveBack(_from, _to, part);
            else owner.Move(_from, _to, part);
        }
    }
}

/// <summary>Blocked images to vectors in C, H, W order.</summary>
internal sealed unsafe class Flatten : Reorder
{
    private readonly BlockedFormat _images, _vectors;

    public Flatten(Region region)
        : this(new BlockedFormat(region.Layers[0].Inputs[0]), new BlockedFormat(region.Output)) { }

    private Flatten(BlockedFormat images, BlockedFormat vectors)
        : base(images, vectors, images.Logical.N) => (_images, _vectors) = (images, vectors);

    protected override void Move(float* from, float* to, int part)
    {
        float* vector = to + (part * _vectors.ImageFloats);
        NativeMemory.Clear(vector + _vectors.ImageFloats - Tile.Block, Tile.Block * sizeof(float));
        _images.ReadImage(from + (part * _images.ImageFloats), vector);
    }

    protected override void MoveBack(float* from, float* to, int part)
    {
        float* image = to + (part * _images.ImageFloats);
        NativeMemory.Clear(image, (nuint)(_images.ImageFloats * sizeof(float)));
        _images.WriteImage(from + (part * _vectors.ImageFloats), image);
    }
}

/// <summary>Images from one format to another.</summary>
internal sealed unsafe class ConvertImages : Reorder
{
    private readonly TensorFormat _source, _destination;

    public ConvertImages(TensorFormat source, TensorFormat destination)
        : base(source, destination, source.Logical.N) => (_source, _destination) = (source, destination);

    protected override void Move(float* from, float* to, int part) => Convert(_source, from, _destination, to, part);

    protected override void MoveBack(float* from, float* to, int part) => Convert(_destination, from, _source, to, part);

    private static void Convert(TensorFormat source, float* from, TensorFormat destination, float* to, int n)
    {
        from += n * ImageFloats(source);
        to += n * ImageFloats(destination);
        NativeMemory.Clear(to, (nuint)(ImageFloats(destination) * sizeof(float)));
        if (source is not ImageFormat image) ((ImageFormat)destination).WriteImage(from, to);
        else if (destination is ImageFormat other) image.CopyImage(from, other, to);
        else image.ReadImage(from, to);
    }

    private static long ImageFloats(TensorFormat format) => format is ImageFormat image ? image.ImageFloats : format.Logical.CountPerImage;
}

/// <summary>A convolution's weights for the forward pass to those for the gradient of its input, after an update. A part is one panel of the latter.</summary>
internal sealed unsafe class TransposePanels : Reorder
{
    private readonly PanelFormat _source;
    private readonly ConvolutionGradientPanels _destination;

    public TransposePanels(PanelFormat source, ConvolutionGradientPanels destination)
        : base(source, destination, destination.Groups * destination.Panels) => (_source, _destination) = (source, destination);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Move(float* from, float* to, int part)
    {
        (int group, int panel) = Math.DivRem(part, _destination.Panels);
        int column = panel * Tile.Block, columns = Math.Clamp(_destination.Logical.C - column, 0, Tile.Block);
        float* target = to + (part * _destination.PanelFloats), weights = from + (group * _source.Panels * _source.PanelFloats);
        for (int row = 0; row < _destination.RowBlocks * Tile.Block; row++, target += Tile.Block)
        {
            NativeMemory.Clear(target, Tile.Block * sizeof(float));
            if (!_destination.Locate(_source, row, out int output, out int firstRow)) continue;
            float* source = weights + (output / Tile.Block * _source.PanelFloats) + ((long)(firstRow + column) * Tile.Block) + (output % Tile.Block);
            for (int j = 0; j < columns; j++) target[j] = source[j * Tile.Block];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MoveBack(float* from, float* to, int part) => throw new InvalidOperationException("Weights are converted one way.");
}
