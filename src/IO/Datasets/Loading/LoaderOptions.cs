namespace AlexNetCuda.IO;

/// <summary>What a <see cref="BatchLoader"/> makes of pictures, and how.</summary>
public sealed record LoaderOptions
{
    /// <summary>Pictures of a batch, at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>Rows and columns of the network's input, 1 to 4,096.</summary>
    public required int InputSize { get; init; }

    /// <summary>From pixels to values.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>How pictures are varied; not at all by default.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>
    /// True, for training: another order each epoch; the last pictures that do not fill a batch are left out of that epoch; the place of a picture that cannot be read is
    /// taken by another. False, for evaluation: the order as given; the last batch is filled up (<see cref="LoadedBatch.Count"/>), and pictures that cannot be read are
    /// left out.
    /// </summary>
    public bool Shuffle { get; init; }

    /// <summary>The seed of the order and the variations.</summary>
    public ulong Seed { get; init; }

    /// <summary>Squares of each picture: 1, 5 or 10 (see <see cref="EvaluationViews"/>). More than one with <see cref="Shuffle"/> off and no augmentation alone.</summary>
    public int Views { get; init; } = 1;

    /// <summary>Background threads; 0: one at first, another each time that data had to be waited for, up to one a processor. The bits are the same with any number.</summary>
    public int Threads { get; init; }

    /// <summary>Batches that are loaded ahead of the one in use, at least 1.</summary>
    public int Ahead { get; init; } = 2;

    /// <summary>Bytes of decoded and scaled pictures to keep, so that a small set is decoded once; 0: none. A pack of the right size is not copied at all.</summary>
    public long CacheBytes { get; init; } = 1L << 30;
}
