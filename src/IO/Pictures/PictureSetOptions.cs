using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>How a set of pictures is loaded.</summary>
public sealed record PictureSetOptions
{
    /// <summary>The most pictures to decode; null: all of the folder. Fewer than there are: taken at even distances from the sorted list,
    /// so
    /// that every part of the tree has its share. A bad picture among them is not replaced.</summary>
    public int? MaxPictures { get; init; }

    /// <summary>Pictures decoded at a time; 0: one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>Subtracted from the pixels when batches are copied.</summary>
    public RgbMean Mean { get; init; } = RgbMean.ImageNet;
}

/// <summary>How far loading has come.</summary>
/// <param name="Done">Pictures decoded or skipped.</param>
/// <param name="Total">Pictures to decode.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PictureProgress(int Done, int Total);

/// <summary>A picture that could not be used.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record SkippedPicture(string Path, string Reason);
