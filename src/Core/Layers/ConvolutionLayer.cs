using AlexNetCuda.Initialization;

namespace AlexNetCuda.Layers;

/// <summary>
/// A convolution (a cross-correlation, as every framework has it): [N, C, H, W] to [N, Filters, H', W'],
/// y[n, o, y, x] = b[o] + sum over c, i, j of w[o, c, i, j] * x[n, c, y * stride - top + i, x * stride - left + j].
/// With groups, output channels of one group read the input channels of that group alone.
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Filters">Output channels.</param>
/// <param name="Window">Kernel, stride and padding.</param>
/// <param name="Groups">The number of groups; divides input and output channels.</param>
/// <param name="HasBias">Whether there are biases.</param>
/// <param name="WeightInitializer">Makes the first weights.</param>
/// <param name="BiasInitializer">Makes the first biases.</param>
public sealed record ConvolutionLayer(
    string Name, int Filters, Window Window, int Groups, bool HasBias, Initializer WeightInitializer, Initializer BiasInitializer) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "convolution";

    /// <inheritdoc/>
    public override string Settings => Window + (Groups > 1 ? $" groups {Groups}" : "");

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Image(inputs);
        if (Filters < 1 || Groups < 1) throw Error(input, $"it needs at least 1 filter and 1 group, not {Filters} and {Groups}.");
        if (input.C % Groups != 0 || Filters % Groups != 0)
            throw Error(input, $"the number of groups, {Groups}, does not divide both {input.C} input channels and {Filters} filters.");
        WindowGeometry g = Window.Resolve(Name, input.H, input.W);
        return new Shape(input.N, Filters, g.OutputHeight, g.OutputWidth);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterInfo> GetParameters(Shape input)
    {
        int taps = Window.KernelHeight * Window.KernelWidth, fanIn = input.C / Groups * taps, fanOut = Filters * taps;
        var weights = new ParameterInfo(
            Name + "/weights", new Shape(Filters, input.C / Groups, Window.KernelHeight, Window.KernelWidth), ParameterRole.Weights, fanIn, fanOut, WeightInitializer);
        return HasBias
            ? [weights, new ParameterInfo(Name + "/biases", new Shape(Filters), ParameterRole.Biases, fanIn, fanOut, BiasInitializer)]
            : [weights];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape input, Shape output) =>
        output.Count * (input.C / Groups) * Window.KernelHeight * Window.KernelWidth;
}
