namespace AlexNetCuda.IO;

/// <summary>How a file names the parameters of a network and lays out their values. docs/formats.md has them in a table.</summary>
public enum WeightConvention
{
    /// <summary><c>conv1/weights</c>, <c>conv1/biases</c>; filters [out, in / groups, height, width], matrices [out, in], flattened in C, H, W order.</summary>
    Ours,

    /// <summary>
    /// The state_dict of torchvision's AlexNet and VGG: <c>features.0.weight</c>, <c>classifier.1.bias</c>. The number is the layer's place among the layers before the first
    /// fully connected one (and its dropout), or from there on. Layouts are ours.
    /// </summary>
    Torchvision,

    /// <summary><c>conv1/weights</c>; filters [height, width, in / groups, out], matrices [in, out], the first of which reads images flattened in H, W, C order.</summary>
    TensorFlow,

    /// <summary>Caffe's: layers' names, blob 0 as <c>conv1/weights</c> and blob 1 as <c>conv1/biases</c>; layouts are ours, older files have leading dimensions of 1.</summary>
    Caffe,
}
