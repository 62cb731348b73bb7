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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Move(float* from, float* to, int part)
    {
        float* image = from + (part * _images.ImageFloats), vector = to + (part * _vectors.ImageFloats);
        NativeMemory.Clear(vector + _vectors.ImageFloats - Tile.Block, Tile.Block * sizeof(float));
        for (int i = 0; i < _vectors.Logical.C; i++) vector[i] = *Element(image, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MoveBack(float* from, float* to, int part)
    {
        float* vector = from + (part * _vectors.ImageFloats), image = to + (part * _images.ImageFloats);
        NativeMemory.Clear(image, (nuint)(_images.ImageFloats * sizeof(float)));
        for (int i = 0; i < _vectors.Logical.C; i++) *Element(image, i) = vector[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Element(float* image, int feature)
    {
        (int channel, int pixel) = Math.DivRem(feature, _images.Pixels);
        return image + ((((long)(channel / Tile.Block) * _images.Pixels) + pixel) * Tile.Block) + (channel % Tile.Block);
    }
}

/// <summary>Plain NCHW to blocked channels, or, the other way about, blocked to plain.</summary>
internal sealed unsafe class BlockImages : Reorder
{
    private readonly BlockedFormat _blocked;
    private readonly bool _toBlocked;

    public BlockImages(TensorFormat source, TensorFormat destination, bool toBlocked)
        : base(source, destination, source.Logical.N) => (_blocked, _toBlocked) = ((BlockedFormat)(toBlocked ? destination : source), toBlocked);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Move(float* from, float* to, int part)
    {
        if (_toBlocked) Block(from, to, part);
        else Unblock(from, to, part);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MoveBack(float* from, float* to, int part)
    {
        if (_toBlocked) Unblock(from, to, part);
        else Block(from, to, part);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block(float* plain, float* blocked, int n)
    {
        float* image = blocked + (n * _blocked.ImageFloats), from = plain + (n * _blocked.Logical.CountPerImage);
        NativeMemory.Clear(image, (nuint)(_blocked.ImageFloats * sizeof(float)));
        for (int c = 0; c < _blocked.Logical.C; c++)
            for (int p = 0; p < _blocked.Pixels; p++) *Element(image, c, p) = *from++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unblock(float* blocked, float* plain, int n)
    {
        float* image = blocked + (n * _blocked.ImageFloats), to = plain + (n * _blocked.Logical.CountPerImage);
        for (int c = 0; c < _blocked.Logical.C; c++)
            for (int p = 0; p < _blocked.Pixels; p++) *to++ = *Element(image, c, p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Element(float* image, int channel, int pixel) =>
        image + ((((long)(channel / Tile.Block) * _blocked.Pixels) + pixel) * Tile.Block) + (channel % Tile.Block);
}

/// <summary>Weights for the forward pass to weights for the gradient of the input, after an update. A part is one panel of the latter.</summary>
internal sealed unsafe class TransposePanels : Reorder
{
    private readonly PanelFormat _source;
    private readonly TransposedPanelFormat _destination;

    public TransposePanels(PanelFormat source, TransposedPanelFormat destination)
        : base(source, destination, destination.Groups * destination.Panels) => (_source, _destination) = (source, destination);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Move(float* from, float* to, int part)
    {
        (int group, int panel) = Math.DivRem(part, _destination.Panels);
        int column = panel * Tile.Columns, columns = Math.Clamp(_destination.SourceColumns - column, 0, Tile.Columns);
        float* target = to + (part * _destination.PanelFloats), weights = from + (group * _source.Panels * _source.PanelFloats);
        for (int row = 0; row < _destination.RowBlocks * Tile.Block; row++, target += Tile.Columns)
        {
            NativeMemory.Clear(target, Tile.Columns * sizeof(float));
            if (!_destination.Locate(_source, row, out int output, out int firstRow, out int rowStep)) continue;
            float* source = weights + (output / Tile.Columns * _source.PanelFloats) + ((long)(firstRow + (column * rowStep)) * Tile.Columns) + (output % Tile.Columns);
            for (int j = 0; j < columns; j++) target[j] = source[(nint)j * rowStep * Tile.Columns];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MoveBack(float* from, float* to, int part) => throw new InvalidOperationException("Weights are converted one way.");
}
