using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlexNetCuda.Diagnostics;

/// <summary>The sizes of a tensor's errors: of 64 samples, of the L2 norm and of the sum, each relative. See <see cref="Verifier"/> for the formulas.</summary>
/// <param name="Samples">Of the samples.</param>
/// <param name="L2">Of the norm.</param>
/// <param name="Sum">Of the sum.</param>
public sealed record TensorErrors(
    [property: JsonPropertyName("samples")] double Samples, [property: JsonPropertyName("l2")] double L2, [property: JsonPropertyName("sum")] double Sum);

/// <summary>What a reference file says of one tensor.</summary>
/// <param name="Shape">The dimensions.</param>
/// <param name="Sum">The sum of all elements.</param>
/// <param name="L2">The L2 norm.</param>
/// <param name="Samples">64 elements, at row-major indices floor(k * size / 64).</param>
/// <param name="Sensitivity">By level (as text): the largest errors that noise of that level makes in double precision.</param>
public sealed record ReferenceTensor(
    [property: JsonPropertyName("shape")] IReadOnlyList<int> Shape,
    [property: JsonPropertyName("sum")] double Sum,
    [property: JsonPropertyName("l2")] double L2,
    [property: JsonPropertyName("samples")] IReadOnlyList<double> Samples,
    [property: JsonPropertyName("sensitivity")] IReadOnlyDictionary<string, TensorErrors>? Sensitivity)
{
    /// <summary>The number of elements.</summary>
    [JsonIgnore]
    public long Count => Shape.Aggregate(1L, (product, d) => product * d);
}

/// <summary>
/// A reference result of one network, computed in double precision elsewhere; tests/data/golden/make_golden.py makes such files and states their rules.
/// </summary>
public sealed class ReferenceFile
{
    /// <summary>The network's name.</summary>
    [JsonPropertyName("case")]
    public required string Case { get; init; }

    /// <summary>The text before each tensor's name in the generator of values.</summary>
    [JsonPropertyName("salt")]
    public required string Salt { get; init; }

    /// <summary>The number of images.</summary>
    [JsonPropertyName("batch")]
    public required int Batch { get; init; }

    /// <summary>Rows and columns of an image.</summary>
    [JsonPropertyName("input_size")]
    public required int InputSize { get; init; }

    /// <summary><c>l2</c> or <c>softmax-xent</c>.</summary>
    [JsonPropertyName("loss_kind")]
    public required string LossKind { get; init; }

    /// <summary>The loss.</summary>
    [JsonPropertyName("loss")]
    public required double Loss { get; init; }

    /// <summary>By level: the largest relative error of the loss under noise.</summary>
    [JsonPropertyName("loss_sensitivity")]
    public IReadOnlyDictionary<string, double>? LossSensitivity { get; init; }

    /// <summary>The number of weights and biases.</summary>
    [JsonPropertyName("parameters")]
    public required long Parameters { get; init; }

    /// <summary>The output.</summary>
    [JsonPropertyName("output")]
    public required ReferenceTensor Output { get; init; }

    /// <summary>The gradient of the images.</summary>
    [JsonPropertyName("input_gradient")]
    public required ReferenceTensor InputGradient { get; init; }

    /// <summary>The gradients of the parameters, by name.</summary>
    [JsonPropertyName("gradients")]
    public required IReadOnlyDictionary<string, ReferenceTensor> Gradients { get; init; }

    /// <summary>The loss that the network is built with.</summary>
    [JsonIgnore]
    public LossKind Kind => LossKind == "l2" ? AlexNetCuda.LossKind.L2 : AlexNetCuda.LossKind.SoftmaxCrossEntropy;

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">The file is no reference result; the message names it and says what is wrong.</exception>
    public static ReferenceFile Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            ReferenceFile file = JsonSerializer.Deserialize<ReferenceFile>(stream) ?? throw new InvalidDataException("it is empty");
            file.Check();
            return file;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is no reference result: {e.Message}", e);
        }
    }

    private void Check()
    {
        if (!NetworkZoo.All.Any(n => n.Name == Case)) throw new InvalidDataException($"it is of the network '{Case}', which is not in the zoo");
        if (Batch < 1 || InputSize < 1) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"a batch of {Batch} and an input size of {InputSize}"));
        if (LossKind is not ("l2" or "softmax-xent")) throw new InvalidDataException($"the loss '{LossKind}' is neither 'l2' nor 'softmax-xent'");
        if (Salt is null || Gradients is null) throw new InvalidDataException("it lacks its salt or its gradients");
        foreach ((string name, ReferenceTensor? tensor) in Gradients.Append(new("output", Output)).Append(new("input_gradient", InputGradient)))
        {
            if (tensor?.Shape is null || tensor.Samples is null || tensor.Samples.Count != 64 || tensor.Shape.Count is < 1 or > 4 || tensor.Shape.Any(d => d < 1))
                throw new InvalidDataException($"the tensor '{name}' needs a shape of 1 to 4 dimensions and 64 samples");
        }
    }
}
