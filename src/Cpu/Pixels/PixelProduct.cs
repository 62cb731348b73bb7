using System.Runtime.CompilerServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution of images with few channels, plus biases, rectified: products straight from the padded pixels, since the pixels of a kernel's row lie in a run and those of
/// neighbouring outputs a constant step apart. A part is a band of output rows of one image.
/// </summary>
internal sealed unsafe class PixelProduct<T> : ProductTask
    where T : unmanaged, IVector<T>
{
    private readonly PixelFormat _images;
    private readonly BlockedFormat _destination;
    private readonly PixelPanels _panels;
    private readonly WindowGeometry _window;
    private readonly ProductShape _shape;
    private readonly TileMode _mode;
    private readonly int _band, _bands;

    public PixelProduct(PixelFormat source, BlockedFormat destination, PixelPanels panels, WindowGeometry window, bool relu, int threads)
    {
        (_images, _destination, _panels, _window) = (source, destination, panels, window);
        int channels = source.Logical.C;
        _shape = new ProductShape(window.StrideWidth * channels, window.KernelWidth * channels, source.RowFloats, window.KernelHeight);
        _mode = relu ? TileMode.Relu : TileMode.Overwrite;
        int images = destination.Logical.N;
        _bands = Math.Clamp(((4 * threads) + images - 1) / images, 1, window.OutputHeight);
        _band = (window.OutputHeight + _bands - 1) / _bands;
        _bands = (window.OutputHeight + _band - 1) / _band;
    }

    public override void Run(ThreadTeam team) => team.Run(this, _destination.Logical.N * _bands);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int image, int band) = Math.DivRem(part, _bands);
        int end = Math.Min(_window.OutputHeight, (band + 1) * _band), width = _window.OutputWidth, plane = _destination.Pixels * Tile.Block;
        for (int y = band * _band; y < end; y++)
        {
            float* from = _source + (image * _images.ImageFloats) + ((long)y * _window.StrideHeight * _images.RowFloats);
            float* to = _output + (image * _destination.ImageFloats) + ((long)y * width * Tile.Block);
            for (int panel = 0; panel < _panels.Panels; panel += 2)
            {
                float* bias = _bias == null ? null : _bias + (panel * Tile.Block);
                Ahead ahead = default;
                int halves = Math.Min(2, _panels.Panels - panel);
                Tile.Product<T>(_shape, from, _weights + (panel * _panels.PanelFloats), (nint)_panels.PanelFloats, bias, to + ((long)panel * plane), Tile.Block, plane, width, halves, _mode, ref ahead);
            }
        }
    }
}
