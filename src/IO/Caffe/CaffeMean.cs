using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>The mean image of Caffe's training pictures (<c>.binaryproto</c>): what is subtracted of an image before the network. Its planes are blue, green and red.</summary>
public sealed class CaffeMean
{
    private const int MostSide = 32_768;

    private CaffeMean(int channels, int height, int width, float[] values) => (Channels, Height, Width, Values) = (channels, height, width, values);

    /// <summary>The number of planes.</summary>
    public int Channels { get; }

    /// <summary>The rows of a plane.</summary>
    public int Height { get; }

    /// <summary>The columns of a plane.</summary>
    public int Width { get; }

    /// <summary>The values, [channels, height, width] in row-major order, of pixels from 0 to 255.</summary>
    public IReadOnlyList<float> Values { get; }

    /// <summary>Reads a file: one blob, [channels, height, width] or, in the older form, [1, channels, height, width].</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">It is not there, may not be read, or is no mean image or a damaged one.</exception>
    public static CaffeMean Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SafeFileHandle handle = InputFile.Open(path);
        CaffeBlob blob = CaffeBlob.Read(new WireReader(handle, path), path, "mean");
        long[] shape = blob.Shape is [1, .. var rest] && rest.Length == 3 ? rest : blob.Shape;
        if (shape.Length != 3 || shape.Any(d => d is < 1 or > MostSide) || blob.Count > Array.MaxLength)
            throw new WeightFileException(path, $"it is no mean image: its shape is {TensorShapes.Show(blob.Shape)}, not [1, channels, height, width].");
        var values = new float[blob.Count];
        new CaffeTensor("mean", blob, handle, path).Read(values);
        return new CaffeMean((int)shape[0], (int)shape[1], (int)shape[2], values);
    }

    /// <summary>The mean of each plane, as networks that are not used at the mean image's own size take it.</summary>
    public float[] PerChannel()
    {
        int plane = Height * Width;
        return [.. Enumerable.Range(0, Channels).Select(c => (float)(Values.Skip(c * plane).Take(plane).Sum(v => (double)v) / plane))];
    }
}
