using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.KernelTools;

/// <summary>Gives device memory: a size in bytes, and whether it holds winners' places (each below 4) instead of anything.</summary>
/// <param name="bytes">The size.</param>
/// <param name="places">Whether the bytes are places in pooling windows.</param>
public delegate ulong ProfileMemory(long bytes, bool places = false);

/// <summary>What the bytes moved over the least possible may come to.</summary>
/// <param name="L2">Between L2 and the blocks.</param>
/// <param name="Dram">Between memory and L2.</param>
public sealed record ProfileTarget(double L2, double Dram);

/// <summary>An operation at a layer's size.</summary>
/// <param name="Network">The network, as in the zoo.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Operation">The operation, as "lrn_forward".</param>
/// <param name="Target">What its traffic is held to; null: not held to anything.</param>
/// <param name="Launches">Makes its launches.</param>
public sealed record ProfileCase(
    string Network, string Layer, string Operation, ProfileTarget? Target, Func<ProfileMemory, IReadOnlyList<KernelLaunch>> Launches)
{
    private const string Owner = "alexnet-same";

    private static readonly ProfileTarget s_elementwise = new(1.02, 1.0);

    // A block reads its channels' biases for as many rows as it has, and leaves partial sums.
    private static readonly ProfileTarget s_nhwcForward = new(1.04, 1.0);
    private static readonly ProfileTarget s_nhwcBackward = new(1.02, 1.02);

    // Layers after a convolution: channels, rows, LRN radius (0: none), pool kernel (0: none), outputs of the pool, padding.
    private static readonly (string Network, string Layer, int Channels, int Size, int Radius, int Pool, int Out, int Padding)[] s_layers =
    [
        ("alexnet-same", "conv1", 96, 56, 5, 3, 27, 0),
        ("alexnet-same", "conv2", 256, 27, 5, 3, 13, 0),
        ("alexnet-same", "conv3", 384, 13, 0, 0, 0, 0),
        ("alexnet-same", "conv5", 256, 13, 0, 3, 6, 0),
        ("alexnet-owt-softmax10", "conv1", 64, 56, 4, 3, 27, 0),
        ("alexnet-owt-softmax10", "conv2", 192, 27, 4, 3, 13, 0),
        ("alexnet-owt-softmax10", "conv5", 256, 13, 0, 3, 6, 0),
        ("alexnet-valid", "conv1", 96, 55, 2, 3, 28, 1),
        ("alexnet-valid", "conv2", 256, 28, 2, 3, 13, 0),
        ("alexnet-valid", "conv5", 256, 13, 0, 3, 6, 0),
        ("alexnet-2012", "conv1", 96, 55, 2, 3, 27, 0),
        ("alexnet-2012", "conv2", 256, 27, 2, 3, 13, 0),
        ("alexnet-2012", "conv5", 256, 13, 0, 3, 6, 0),
        ("torchvision-alexnet", "conv1", 64, 55, 0, 3, 27, 0),
        ("torchvision-alexnet", "conv2", 192, 27, 0, 3, 13, 0),
        ("torchvision-alexnet", "conv5", 256, 13, 0, 3, 6, 0),
        ("vgg16", "conv1_2", 64, 224, 0, 2, 112, 0),
        ("vgg16", "conv2_2", 128, 112, 0, 2, 56, 0),
        ("vgg16", "conv3_3", 256, 56, 0, 2, 28, 0),
        ("vgg16", "conv4_3", 512, 28, 0, 2, 14, 0),
        ("vgg16", "conv5_3", 512, 14, 0, 2, 7, 0),
    ];

    /// <summary>Every operation of every layer that is known and has kernels for a storage and layout, at a batch size.</summary>
    /// <param name="batch">Images.</param>
    /// <param name="storage">How elements lie in memory.</param>
    /// <param name="layout">Their order.</param>
    public static IReadOnlyList<ProfileCase> All(int batch, Storage storage = Storage.Float32, Layout layout = Layout.Nchw) =>
    [
        .. s_layers.SelectMany(layer => BiasRelu(batch, layer, storage, layout).Concat(Layers(batch, layer, storage, layout))),
        .. FullyConnected(batch, storage, layout),
        .. storage == Storage.Float32 ? Float32(batch) : [],
    ];

    private static IEnumerable<ProfileCase> BiasRelu(
        int batch, (string Network, string Layer, int Channels, int Size, int Radius, int Pool, int Out, int Padding) layer, Storage storage, Layout layout)
    {
        var shape = new ImageShape(batch, layer.Channels, layer.Size * layer.Size);
        var bytes = storage.Bytes() * shape.Count;
        yield return new(layer.Network, layer.Layer, "bias_relu_forward", layout == Layout.Nhwc ? s_nhwcForward : s_elementwise, memory =>
            [BiasReluKernels.Forward(memory(bytes), memory(4L * layer.Channels), memory(bytes), shape, relu: true, storage, layout)]);
        yield return new(layer.Network, layer.Layer, "bias_relu_backward", layout == Layout.Nhwc ? s_nhwcBackward : s_elementwise, memory => BiasReluKernels.Backward(
            memory(bytes),
            memory(bytes),
            memory(bytes),
            memory(4L * layer.Channels),
            memory((4 * BiasReluKernels.WorkspaceFloats(shape, storage, layout)) + 4),
            shape,
            storage,
            layout));
    }

    private static IEnumerable<ProfileCase> Layers(
        int batch, (string Network, string Layer, int Channels, int Size, int Radius, int Pool, int Out, int Padding) layer, Storage storage, Layout layout)
    {
        var shape = new ImageShape(batch, layer.Channels, layer.Size * layer.Size);
        var bytes = storage.Bytes() * shape.Count;
        ProfileCase Case(string operation, ProfileTarget target, Func<ProfileMemory, IReadOnlyList<KernelLaunch>> launches) =>
            new(layer.Network, layer.Layer, operation, target, launches);

        var lrn = new LrnParameters(layer.Radius, 1, 0.0001f, 0.75f);
        if (layer.Radius > 0)
        {
            yield return Case("lrn_forward", new(1.15, 1.05), memory => [LrnKernels.Forward(memory(bytes), memory(bytes), shape, lrn, storage, layout)]);
            yield return Case("lrn_backward", new(1.25, 1.05), memory =>
                [LrnKernels.Backward(memory(bytes), memory(bytes), memory(bytes), shape, lrn, storage, layout)]);
        }

        if (layer.Pool == 0)
        {
            yield break;
        }

        var pool = new PoolShape(
            batch * layer.Channels, layer.Size, layer.Size, layer.Out, layer.Out, layer.Pool, layer.Pool, 2, 2, layer.Padding, layer.Padding);
        var outputs = (long)pool.Planes * layer.Out * layer.Out;
        var pooled = storage.Bytes() * outputs;
        yield return Case("max_pool_forward", new(1.1, 1.02), memory =>
            [MaxPoolKernels.Forward(memory(bytes), memory(pooled), memory(outputs, places: true), pool, storage, layout, batch)]);
        yield return Case("max_pool_backward", new(1.15, 1.05), memory =>
            [MaxPoolKernels.Backward(memory(pooled), memory(outputs, places: true), memory(bytes), pool, storage, layout, batch)]);
        if (layer.Radius > 0)
        {
            yield return Case("fused_forward", new(1.25, 1.05), memory => [FusedKernels.Forward(
                memory(bytes), memory(4L * layer.Channels), memory(pooled), memory(outputs, places: true), batch, pool, lrn, relu: true, storage, layout)]);
            yield return Case("fused_backward", new(1.5, 1.1), memory => FusedKernels.Backward(
                memory(bytes), memory(4L * layer.Channels), memory(pooled), memory(outputs, places: true), memory(bytes), memory(4L * layer.Channels),
                memory(4 * FusedKernels.WorkspaceFloats(batch, pool, lrn, storage, layout)), batch, pool, lrn, relu: true, storage, layout));
        }
    }

    // A tensor of one position has no layout.
    private static IEnumerable<ProfileCase> FullyConnected(int batch, Storage storage, Layout layout)
    {
        var shape = new ImageShape(batch, 4096, 1);
        var bytes = storage.Bytes() * shape.Count;
        yield return new(Owner, "fc6", "bias_relu_forward", s_elementwise, memory =>
            [BiasReluKernels.Forward(memory(bytes), memory(4 * 4096), memory(bytes), shape, relu: true, storage, layout)]);
        yield return new(Owner, "fc6", "dropout", s_elementwise, memory =>
            [DropoutKernels.Dropout(memory(bytes), memory(bytes), shape, 0.5f, 1, 2, memory(20), storage, layout)]);
        yield return new(Owner, "fc6", "relu_backward", s_elementwise, memory =>
            [BiasReluKernels.ReluBackward(memory(bytes), memory(bytes), memory(bytes), shape.Count, storage)]);
    }

    private static IEnumerable<ProfileCase> Float32(int batch)
    {
        const long Weights = 9216L * 4096 / 16;   // a sixteenth of fc6: elementwise traffic does not depend on the size
        yield return new(Owner, "fc6", "sgd", s_elementwise, memory =>
            [SgdKernels.Update(memory(4 * Weights), memory(4 * Weights), memory(4 * Weights), Weights, 0.9f, 0.0005f, memory(20))]);
        yield return new(Owner, "fc6", "fill_constant", s_elementwise, memory => [FillKernels.Constant(memory(4 * Weights), Weights, 0)]);
        yield return new(Owner, "fc6", "float_to_half", s_elementwise, memory =>
            [LayoutKernels.FromFloat(memory(4 * Weights), memory(2 * Weights), Weights, Storage.Float16)]);
        yield return new(Owner, "fc8", "softmax_forward", null, memory =>
            [LossKernels.SoftmaxForward(memory(4000L * batch), memory(4L * batch), memory(4000L * batch), memory(4L * batch), batch, 1000)]);
        yield return new(Owner, "conv2", "to_nhwc", null, memory =>
            [LayoutKernels.ToNhwc(memory(4L * batch * 256 * 729), memory(4L * batch * 256 * 729), new ImageShape(batch, 256, 729))]);
    }
}
