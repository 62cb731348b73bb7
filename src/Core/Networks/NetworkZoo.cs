namespace AlexNetCuda;

/// <summary>
/// The networks of the family, by name. The two-tower network is that of Krizhevsky, Sutskever and Hinton (2012); <c>bvlc-alexnet</c> and <c>caffenet</c> are
/// Caffe's reference models; <c>torchvision-alexnet</c> is that of Krizhevsky's "One weird trick" (2014) as torchvision has it; the VGG networks are configurations
/// A, B, D and E of Simonyan and Zisserman (2014). The others are variants written for TensorFlow.
/// </summary>
public static class NetworkZoo
{
    /// <summary>The networks, in a fixed order.</summary>
    public static IReadOnlyList<ZooEntry> All { get; } =
    [
        new("alexnet-owt-softmax10", 224, 10, false, "64 and 192 filters, LRN radius 4, fc 4096-4096-1000-10, softmax", TensorFlowAlexNets.OwtSoftmax10),
        new("alexnet-valid", 227, 1000, true, "96 and 256 filters, convolutions without bias and ReLU, LRN radius 2, dropout", TensorFlowAlexNets.Valid),
        new("alexnet-same", 224, 1000, false, "96 and 256 filters, SAME padding, LRN radius 5", TensorFlowAlexNets.Same),
        new("alexnet-conv", 224, null, false, "the convolutions of alexnet-owt-softmax10, without fully connected layers", TensorFlowAlexNets.ConvolutionsOnly),
        new("alexnet-2012", 227, 1000, true, "the two-tower network of the 2012 paper, as groups", GroupedAlexNets.TwoTower),
        new("bvlc-alexnet", 227, 1000, true, "Caffe's AlexNet: LRN before pooling", GroupedAlexNets.Bvlc),
        new("caffenet", 227, 1000, true, "Caffe's CaffeNet: pooling before LRN", GroupedAlexNets.CaffeNet),
        new("torchvision-alexnet", 224, 1000, true, "torchvision's AlexNet: one tower, no LRN", GroupedAlexNets.Torchvision),
        new("vgg11", 224, 1000, true, "VGG A: 8 convolutions, 3 fully connected layers", VggNetworks.Create),
        new("vgg13", 224, 1000, true, "VGG B: 10 convolutions, 3 fully connected layers", VggNetworks.Create),
        new("vgg16", 224, 1000, true, "VGG D: 13 convolutions, 3 fully connected layers", VggNetworks.Create),
        new("vgg19", 224, 1000, true, "VGG E: 16 convolutions, 3 fully connected layers", VggNetworks.Create),
    ];

    /// <summary>The entry of a network.</summary>
    /// <exception cref="ArgumentException">There is no network of that name; the message lists those there are.</exception>
    public static ZooEntry Find(string name) => All.FirstOrDefault(e => e.Name == name)
        ?? throw new ArgumentException($"There is no network '{name}'. There are: {string.Join(", ", All.Select(e => e.Name))}.");

    /// <summary>Builds a network.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="options">What differs from the original.</param>
    /// <exception cref="ArgumentException">There is no such network, or an option is out of range or does not apply.</exception>
    /// <exception cref="Layers.ShapeException">The layers do not admit the input size.</exception>
    public static Network Create(string name, NetworkOptions? options = null) => Find(name).Create(options);
}
