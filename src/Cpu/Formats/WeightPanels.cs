using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution's weights for its forward pass and for their own gradient: columns are the output channels of a group; rows are (tap, block of 16 input channels, lane).
/// </summary>
/// <param name="Logical">[out, in / groups, height, width].</param>
/// <param name="GroupCount">The number of groups.</param>
/// <param name="Stride">Of a convolution that is computed as one of stride 1, see <see cref="WeightPhases"/>; 1 otherwise.</param>
internal sealed record ConvolutionPanels(Shape Logical, int GroupCount, int Stride = 1) : PanelFormat(Logical)
{
    public override string Layout => Stride == 1 ? "panels by tap" : "panels by tap and phase";

    /// <summary>Channels and taps.</summary>
    public WeightPhases Phases => new(Logical, Stride);

    public override int Groups => GroupCount;

    public override int RowBlocks => Phases.Taps * ChannelBlocks;

    public override int Panels => ((Logical.N / Groups) + Tile.Block - 1) / Tile.Block;

    private int ChannelBlocks => (Phases.Channels + Tile.Block - 1) / Tile.Block;

    protected override long RowIndex(int row)
    {
        int block = row / Tile.Block, tap = block / ChannelBlocks, channel = (block % ChannelBlocks * Tile.Block) + (row % Tile.Block);
        return Phases.Index(channel, tap);
    }

    protected override long ColumnIndex(int group, int column)
    {
        int outputs = Logical.N / Groups;
        return column < outputs ? (((long)group * outputs) + column) * Logical.C * Logical.H * Logical.W : -1;
    }
}

/// <summary>A convolution's weights where its input is <see cref="PixelFormat"/>: rows are (tap, channel), those of one kernel row in a run.</summary>
/// <param name="Logical">[out, in, height, width].</param>
internal sealed record PixelPanels(Shape Logical) : PanelFormat(Logical)
{
    public override string Layout => "panels by pixel";

    public override int Groups => 1;

    public override int RowBlocks => (Rows + Tile.Block - 1) / Tile.Block;

    public override int Panels => (Logical.N + Tile.Block - 1) / Tile.Block;

    private int Rows => Logical.C * Logical.H * Logical.W;

    protected override long RowIndex(int row)
    {
        (int tap, int channel) = Math.DivRem(row, Logical.C);
        return row < Rows ? ((long)channel * Logical.H * Logical.W) + tap : -1;
    }

    protected override long ColumnIndex(int group, int column) => column < Logical.N ? (long)column * Rows : -1;
}

/// <summary>
/// One phase of a convolution's weights for the gradient of its input. With a stride s, input rows i = s * q + phase get gradient from the kernel rows k with
/// (phase + padTop - k) divisible by s alone, at output row q + (phase + padTop - k) / s; likewise for columns. Columns are the input channels of a group, rows are
/// (tap of the phase, block of 16 output channels of the group, lane).
/// </summary>
/// <param name="Logical">[out, in / groups, height, width].</param>
/// <param name="GroupCount">The number of groups.</param>
/// <param name="Phase">The phase.</param>
internal sealed record ConvolutionGradientPanels(Shape Logical, int GroupCount, ConvolutionPhase Phase) : PanelFormat(Logical)
{
    private readonly (int Row, int Column)[] _taps = Phase.KernelPositions();

    public override string Layout => "transposed panels by tap";

    public override int Groups => GroupCount;

    public override int RowBlocks => _taps.Length * OutputBlocks;

    public override int Panels => (Logical.C + Tile.Block - 1) / Tile.Block;

    private int OutputBlocks => ((Logical.N / Groups) + Tile.Block - 1) / Tile.Block;

    /// <summary>Where a row lies in the panels of the forward pass: column <paramref name="output"/>, and for this format's column j the row firstRow + j.</summary>
    /// <returns>False for a row of padding.</returns>
    public bool Locate(PanelFormat source, int row, out int output, out int firstRow)
    {
        int block = row / Tile.Block, channelBlocks = (Logical.C + Tile.Block - 1) / Tile.Block;
        output = (block % OutputBlocks * Tile.Block) + (row % Tile.Block);
        (int y, int x) = _taps[block / OutputBlocks];
        int tap = (y * Logical.W) + x;
        firstRow = source is PixelPanels ? tap * Logical.C : tap * channelBlocks * Tile.Block;
        return output < Logical.N / Groups;
    }

    public bool Equals(ConvolutionGradientPanels? other) =>
        other is not null && Logical == other.Logical && GroupCount == other.GroupCount && Phase == other.Phase;

    public override int GetHashCode() => HashCode.Combine(Logical, GroupCount, Phase);

    protected override long RowIndex(int row)
    {
        int block = row / Tile.Block, output = (block % OutputBlocks * Tile.Block) + (row % Tile.Block);
        (int y, int x) = _taps[block / OutputBlocks];
        return output < Logical.N / Groups ? ((((long)output * Logical.C * Logical.H) + y) * Logical.W) + x : -1;
    }

    protected override long ColumnIndex(int group, int column) =>
        column < Logical.C ? (((long)group * (Logical.N / Groups) * Logical.C) + column) * Logical.H * Logical.W : -1;
}

/// <summary>Which rows and columns of the input a phase of the backward pass makes; see <see cref="ConvolutionGradientPanels"/>.</summary>
/// <param name="Window">The convolution's window.</param>
/// <param name="Row">The phase of rows, below the stride.</param>
/// <param name="Column">The phase of columns, below the stride.</param>
internal sealed record ConvolutionPhase(WindowGeometry Window, int Row, int Column)
{
    /// <summary>Rows of the input in this phase.</summary>
    public int Height => (Window.Height - Row + Window.StrideHeight - 1) / Window.StrideHeight;

    /// <summary>Columns of the input in this phase.</summary>
    public int Width => (Window.Width - Column + Window.StrideWidth - 1) / Window.StrideWidth;

    /// <summary>The phases that have pixels.</summary>
    public static ConvolutionPhase[] Of(WindowGeometry window) =>
    [
        .. from row in Enumerable.Range(0, Math.Min(window.StrideHeight, window.Height))
           from column in Enumerable.Range(0, Math.Min(window.StrideWidth, window.Width))
           select new ConvolutionPhase(window, row, column),
    ];

    /// <summary>The kernel's rows and columns that take part.</summary>
    public (int Row, int Column)[] KernelPositions() =>
    [
        .. from y in Enumerable.Range(0, Window.KernelHeight)
           where (Row + Window.PadTop - y) % Window.StrideHeight == 0
           from x in Enumerable.Range(0, Window.KernelWidth)
           where (Column + Window.PadLeft - x) % Window.StrideWidth == 0
           select (y, x),
    ];

    /// <summary>For each of <see cref="KernelPositions"/>, the output pixel relative to the phase's pixel.</summary>
    public (int Row, int Column)[] Offsets() =>
        [.. KernelPositions().Select(k => ((Row + Window.PadTop - k.Row) / Window.StrideHeight, (Column + Window.PadLeft - k.Column) / Window.StrideWidth))];
}

/// <summary>
/// A fully connected layer's weights: columns are outputs, rows are the input's floats in the order of its blocked format, so that images need no flattening.
/// </summary>
/// <param name="Logical">[out, in].</param>
/// <param name="Channels">The input's channels (or features).</param>
/// <param name="Pixels">The input's pixels; 1 for features.</param>
internal sealed record FullyConnectedPanels(Shape Logical, int Channels, int Pixels) : PanelFormat(Logical)
{
    public override string Layout => "panels";

    public override int Groups => 1;

    public override int RowBlocks => (Channels + Tile.Block - 1) / Tile.Block * Pixels;

    public override int Panels => (Logical.N + Tile.Block - 1) / Tile.Block;

    protected override long RowIndex(int row) => Feature(row, Channels, Pixels);

    protected override long ColumnIndex(int group, int column) => column < Logical.N ? (long)column * Logical.C : -1;

    /// <summary>The feature, in C, H, W order, at a float of a blocked image; -1 for padding.</summary>
    public static int Feature(int index, int channels, int pixels)
    {
        int block = index / Tile.Block, channel = (block / pixels * Tile.Block) + (index % Tile.Block);
        return channel < channels ? (channel * pixels) + (block % pixels) : -1;
    }
}
