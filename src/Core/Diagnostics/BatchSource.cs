using AlexNetCuda.Initialization;

namespace AlexNetCuda.Diagnostics;

/// <summary>Where the batches of a timing come from.</summary>
public abstract class BatchSource
{
    /// <summary>Whether every step gets another batch; otherwise one is set before the first.</summary>
    public abstract bool Changes { get; }

    /// <summary>Makes the next batch.</summary>
    /// <param name="images">Takes the images, NCHW.</param>
    /// <param name="labels">Takes the class of each image.</param>
    public abstract void Next(Span<float> images, Span<int> labels);
}

/// <summary>One batch of random normal images with seeded labels.</summary>
/// <param name="network">The network that it is for.</param>
/// <param name="seed">The seed; the same seed makes the same batch.</param>
/// <param name="deviation">The standard deviation of a value.</param>
public sealed class RandomBatch(Network network, ulong seed, float deviation = 0.1f) : BatchSource
{
    private readonly NormalInitializer _normal = new(deviation);
    private readonly int _classes = network.LossSource is { } source ? network.InferShapes(1)[source].C : 1;

    /// <inheritdoc/>
    public override bool Changes => false;

    /// <inheritdoc/>
    public override void Next(Span<float> images, Span<int> labels)
    {
        var stream = new ParameterInfo(Network.InputName, new Shape(images.Length), ParameterRole.Weights, 1, 1, _normal);
        _normal.Fill(images, 0, new InitializerContext(seed, stream));
        NextLabels(labels);
    }

    /// <summary>Makes the labels alone.</summary>
    /// <param name="labels">Takes a class of the network for each image.</param>
    public void NextLabels(Span<int> labels)
    {
        uint hash = Philox.Hash(Network.LabelsName);
        for (int i = 0; i < labels.Length; i++) labels[i] = (int)(Philox.Block(seed, i, hash, 0).Word0 % (uint)_classes);
    }
}
