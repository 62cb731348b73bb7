namespace AlexNetCuda.Layers;

/// <summary>A layer that pools windows of each channel.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Window">Kernel, stride and padding.</param>
public abstract record PoolLayer(string Name, Window Window) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Settings => Window.ToString();

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Image(inputs);
        WindowGeometry g = Window.Resolve(Name, input.H, input.W);
        // Every window then holds at least one pixel.
        if (Window.Padding.Mode == PaddingMode.Explicit
            && (Math.Max(g.PadTop, g.PadBottom) >= g.KernelHeight || Math.Max(g.PadLeft, g.PadRight) >= g.KernelWidth))
            throw Error(input, $"the padding of a pooling layer is smaller than its kernel: {Window}.");
        return new Shape(input.N, input.C, g.OutputHeight, g.OutputWidth);
    }
}

/// <summary>
/// The maximum of each window; padding counts as minus infinity. The gradient goes to the first maximum in row-major order; NaN is larger than any number.
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Window">Kernel, stride and padding.</param>
public sealed record MaxPoolLayer(string Name, Window Window) : PoolLayer(Name, Window)
{
    /// <inheritdoc/>
    public override string Kind => "max-pool";
}

/// <summary>The mean of each window.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Window">Kernel, stride and padding.</param>
/// <param name="CountPadding">
/// Whether padding counts as zeros (then the divisor is the part of the window within the padded input); otherwise only pixels count, as in TensorFlow.
/// </param>
public sealed record AveragePoolLayer(string Name, Window Window, bool CountPadding) : PoolLayer(Name, Window)
{
    /// <inheritdoc/>
    public override string Kind => "average pool";
}
