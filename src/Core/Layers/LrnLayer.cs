using System.Globalization;

namespace AlexNetCuda.Layers;

/// <summary>
/// Local response normalisation across channels (Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012, section 3.3):
/// y[c] = x[c] / (Bias + Alpha * sum over j = c - Radius .. c + Radius of x[j]^2) ^ Beta.
/// Alpha is not divided by the window's size, as in the paper and in TensorFlow; Caffe, ONNX and PyTorch divide: their alpha is this one times (2 * Radius + 1).
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Radius">Channels to either side, at least 0; the window may be wider than the channels.</param>
/// <param name="Bias">The constant k, above 0.</param>
/// <param name="Alpha">The scale of the sum of squares, at least 0.</param>
/// <param name="Beta">The exponent.</param>
public sealed record LrnLayer(string Name, int Radius, float Bias, float Alpha, float Beta) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "LRN";

    /// <inheritdoc/>
    public override string Settings => string.Create(CultureInfo.InvariantCulture, $"radius {Radius}, k {Bias}, alpha {Alpha:g4}, beta {Beta}");

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Image(inputs);
        if (Radius < 0) throw Error(input, $"the radius is at least 0, not {Radius}.");
        if (!(Bias > 0) || !(Alpha >= 0) || !float.IsFinite(Beta)) throw Error(input, $"k is above 0, alpha at least 0 and beta finite, not {Bias}, {Alpha}, {Beta}.");
        return input;
    }
}
