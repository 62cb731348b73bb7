namespace AlexNetCuda.IO;

/// <summary>A batch of pictures, ready for a network. Its arrays are used again: they are valid until the following <see cref="BatchLoader.Next"/> or
/// <see cref="BatchLoader.Seek"/>.</summary>
public sealed class LoadedBatch
{
    private const int Missing = -1;
    private readonly int _pictureLength;

    internal LoadedBatch(int batch, int pictureLength)
    {
        _pictureLength = pictureLength;
        Images = new float[batch * pictureLength];
        Labels = new int[batch];
        Indices = new int[batch];
    }

    /// <summary>The images, [batch * views, 3, InputSize, InputSize], row-major; the views of a picture follow each other.</summary>
    public float[] Images { get; }

    /// <summary>The class of each picture; 0 from <see cref="Count"/> on.</summary>
    public int[] Labels { get; }

    /// <summary>The index of each picture in the dataset; -1 from <see cref="Count"/> on.</summary>
    public int[] Indices { get; }

    /// <summary>The pictures that count, the first ones. The whole batch in training; in evaluation it may be fewer, even none; what follows is zeros.</summary>
    public int Count { get; private set; }

    /// <summary>The batch's number in the endless run.</summary>
    public long Step { get; internal set; } = -1;

    /// <summary>The epoch it belongs to: <see cref="Step"/> over the steps of an epoch.</summary>
    public long Epoch { get; internal set; }

    /// <summary>Pictures that are not written yet. Under the loader's lock.</summary>
    internal int Remaining { get; set; }

    internal Span<float> ImagesOf(int place) => Images.AsSpan(place * _pictureLength, _pictureLength);

    internal void Set(int place, int index, int label) => (Indices[place], Labels[place]) = (index, label);

    internal void SetMissing(int place) => Indices[place] = Missing;

    /// <summary>Moves the pictures that are there to the front, and clears the rest.</summary>
    internal void Close()
    {
        Count = 0;
        for (int place = 0; place < Indices.Length; place++)
        {
            if (Indices[place] == Missing) continue;
            if (Count < place)
            {
                ImagesOf(place).CopyTo(ImagesOf(Count));
                Set(Count, Indices[place], Labels[place]);
            }

            Count++;
        }

        if (Count == Indices.Length) return;
        Images.AsSpan(Count * _pictureLength).Clear();
        Labels.AsSpan(Count).Clear();
        Indices.AsSpan(Count).Fill(Missing);
    }
}
