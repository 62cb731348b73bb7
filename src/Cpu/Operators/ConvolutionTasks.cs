using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>What the algorithms of a convolution know of it.</summary>
/// <param name="Window">Its window.</param>
/// <param name="Groups">Its groups.</param>
/// <param name="Weights">The shape of its weights.</param>
/// <param name="Input">The format of its input.</param>
/// <param name="Output">The format of its output.</param>
/// <param name="Panels">The format of its weights' gradient.</param>
/// <param name="Threads">The number of threads.</param>
internal sealed record ConvolutionShape(
    WindowGeometry Window, int Groups, Shape Weights, ImageFormat Input, BlockedFormat Output, PanelFormat Panels, int Threads);

/// <summary>The tasks of a convolution, by one algorithm.</summary>
internal abstract class ConvolutionTasks
{
    /// <summary>The algorithm's name.</summary>
    public abstract string Algorithm { get; }

    /// <summary>The format of the weights of the forward pass.</summary>
    public abstract TensorFormat ForwardWeights { get; }

    /// <summary>The forward pass.</summary>
    public abstract ProductTask Forward(bool relu);

    /// <summary>The gradient of the weights.</summary>
    public abstract IFilterGradient FilterGradient();

    /// <summary>The gradient of the input, in one task or several, each with its weights.</summary>
    public abstract IEnumerable<(ProductTask Task, TensorFormat Weights)> InputGradient();
}

/// <summary>Products of gathered pieces of the input, or straight from padded pixels: for all convolutions.</summary>
internal sealed class DirectTasks<T>(ConvolutionShape shape) : ConvolutionTasks
    where T : unmanaged, IVector<T>
{
    public override string Algorithm => shape.Input is PixelFormat ? "direct, pixels" : "direct";

    public override TensorFormat ForwardWeights => shape.Panels;

    public override ProductTask Forward(bool relu)
    {
        Shape output = shape.Output.Logical;
        return shape.Input is PixelFormat pixels
            ? new PixelProduct<T>(pixels, shape.Output, (PixelPanels)shape.Panels, shape.Window, relu, shape.Threads)
            : new GatherProduct<T>(InputGather(), shape.Panels, shape.Output, new Grid(output.H, output.W, 1, 1, 0, 0), relu, shape.Threads);
    }

    public override IFilterGradient FilterGradient() => shape.Input is PixelFormat pixels
        ? new PixelFilterGradient<T>(pixels, shape.Output, (PixelPanels)shape.Panels, shape.Window)
        : new FilterGradient<T>(InputGather(), shape.Panels, shape.Output, shape.Threads);

    public override IEnumerable<(ProductTask Task, TensorFormat Weights)> InputGradient()
    {
        WindowGeometry window = shape.Window;
        foreach (ConvolutionPhase phase in ConvolutionPhase.Of(window))
        {
            var panels = new ConvolutionGradientPanels(shape.Weights, shape.Groups, phase);
            var gather = new BlockedGather<T>(shape.Output, shape.Groups, phase.Offsets(), 1, 1, phase.Width);
            var grid = new Grid(phase.Height, phase.Width, window.StrideHeight, window.StrideWidth, phase.Row, phase.Column);
            yield return (new GatherProduct<T>(gather, panels, shape.Input, grid, relu: false, shape.Threads), panels);
        }
    }

    private BlockedGather<T> InputGather()
    {
        WindowGeometry window = shape.Window;
        var taps = from y in Enumerable.Range(0, window.KernelHeight) from x in Enumerable.Range(0, window.KernelWidth) select (y - window.PadTop, x - window.PadLeft);
        return new BlockedGather<T>((BlockedFormat)shape.Input, shape.Groups, [.. taps], window.StrideHeight, window.StrideWidth, window.OutputWidth);
    }
}

/// <summary>Minimal filtering: for convolutions of stride 1, or, in their forward pass, of images in phases. TShort is the scheme of short tiles; that of all tiles where there are none.</summary>
internal sealed class WinogradTasks<T, TScheme, TShort>(ConvolutionShape shape) : ConvolutionTasks
    where T : unmanaged, IVector<T>
    where TScheme : struct, IWinograd
    where TShort : struct, IWinograd
{
    private readonly WinogradPanels _weights = new(shape.Weights, shape.Groups, TScheme.Points, Gradient: false, ((ConvolutionPanels)shape.Panels).Stride);

    public override string Algorithm => $"Winograd F({TScheme.Outputs}x{TScheme.Outputs}, {TScheme.Taps}x{TScheme.Taps}){(shape.Input is PhaseFormat ? " by phases" : "")}";

    public override TensorFormat ForwardWeights => _weights;

    private BlockedFormat Input => shape.Input is PhaseFormat phases ? phases.Cells : (BlockedFormat)shape.Input;

    // Cells begin with the padding.
    private int Top => shape.Input is PhaseFormat ? 0 : shape.Window.PadTop;

    private int Left => shape.Input is PhaseFormat ? 0 : shape.Window.PadLeft;

    public override ProductTask Forward(bool relu) => new WinogradProduct<T, TScheme, TShort>(Input, shape.Output, _weights, Top, Left, relu, shape.Threads);

    public override IFilterGradient FilterGradient() =>
        new WinogradFilterGradient<T, TScheme, TShort>(Input, shape.Output, (ConvolutionPanels)shape.Panels, _weights, Top, Left);

    public override IEnumerable<(ProductTask Task, TensorFormat Weights)> InputGradient()
    {
        // The convolution of the gradient with the taps turned round: what was cut off by little padding is padding here, and the other way about.
        WinogradPanels weights = _weights with { Gradient = true };
        int top = TScheme.Taps - 1 - Top, left = TScheme.Taps - 1 - Left;
        yield return (new WinogradProduct<T, TScheme, TShort>(shape.Output, Input, weights, top, left, relu: false, shape.Threads), weights);
    }
}
