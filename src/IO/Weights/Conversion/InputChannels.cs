using AlexNetCuda.Layers;

namespace AlexNetCuda.IO;

/// <summary>Turns around the order of an image's channels, by the filters that read them.</summary>
internal static class InputChannels
{
    /// <summary>The weights of the convolution that reads the images.</summary>
    /// <exception cref="ArgumentException">Nothing but one convolution without groups reads images of 3 channels.</exception>
    public static string FirstWeights(Network network)
    {
        Node[] readers = [.. network.Nodes.Where(n => n.Inputs.Contains(Network.InputName))];
        return network.Channels == 3 && readers is [{ Layer: ConvolutionLayer { Groups: 1 } convolution }]
            ? convolution.Name + "/weights"
            : throw new ArgumentException($"The channels of network '{network.Name}' cannot be turned around: that takes one convolution without groups that reads images of 3 channels.");
    }

    /// <summary>Turns around axis 1 of [out, in, height, width].</summary>
    public static void Reverse<T>(Span<T> filters, Shape shape)
    {
        int plane = shape.H * shape.W;
        var kept = new T[plane];
        for (int o = 0; o < shape.N; o++)
        {
            Span<T> filter = filters.Slice(o * shape.C * plane, shape.C * plane);
            for (int c = 0; c < shape.C / 2; c++)
            {
                Span<T> a = filter.Slice(c * plane, plane), b = filter.Slice((shape.C - 1 - c) * plane, plane);
                a.CopyTo(kept);
                b.CopyTo(a);
                kept.CopyTo(b);
            }
        }
    }
}
