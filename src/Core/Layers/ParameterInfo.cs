using AlexNetCuda.Initialization;

namespace AlexNetCuda;

/// <summary>Whether a parameter multiplies or is added.</summary>
public enum ParameterRole
{
    /// <summary>The weights of a convolution or of a fully connected layer.</summary>
    Weights,

    /// <summary>The biases, one an output channel.</summary>
    Biases,
}

/// <summary>The description of one trainable parameter.</summary>
/// <param name="Name">The name: <c>conv1/weights</c>.</param>
/// <param name="Shape">[out, in / groups, height, width] for a convolution's weights, [out, in] for a fully connected layer's, [out] for biases.</param>
/// <param name="Role">Weights or biases.</param>
/// <param name="FanIn">Weights per output element.</param>
/// <param name="FanOut">Outputs per input element, for a stride of 1.</param>
/// <param name="Initializer">Makes the first values.</param>
public sealed record ParameterInfo(string Name, Shape Shape, ParameterRole Role, int FanIn, int FanOut, Initializer Initializer);
