using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>Activations, or images: pixels of a row of a channel lie a constant step apart, or every second or fourth of them does.</summary>
/// <param name="Logical">[N, C, H, W] or [N, features].</param>
internal abstract record ImageFormat(Shape Logical) : CpuFormat(Logical)
{
    /// <summary>Floats from one image to the next.</summary>
    public abstract long ImageFloats { get; }

    /// <summary>Pixels of a row whose floats are not a constant step apart; pixel x + Interleaved lies <see cref="PixelStep"/> behind pixel x.</summary>
    public virtual int Interleaved => 1;

    /// <summary>Floats from one pixel of a row to the next, of every <see cref="Interleaved"/>.</summary>
    public abstract int PixelStep { get; }

    /// <summary>Floats from the beginning of an image to the first pixel of a row of a channel.</summary>
    public abstract long RowOffset(int channel, int row);

    /// <summary>Floats from where a row begins to one of its first <see cref="Interleaved"/> pixels.</summary>
    public virtual int PixelOffset(int x) => x * PixelStep;

    public sealed override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        NativeMemory.Clear(tensor, (nuint)Bytes);
        fixed (float* source = canonical)
            for (int n = 0; n < Logical.N; n++) WriteImage(source + (n * Logical.CountPerImage), tensor + (n * ImageFloats));
    }

    public sealed override unsafe void Read(float* tensor, Span<float> canonical)
    {
        fixed (float* destination = canonical)
            for (int n = 0; n < Logical.N; n++) ReadImage(tensor + (n * ImageFloats), destination + (n * Logical.CountPerImage));
    }

    /// <summary>Writes the elements of an image from canonical order; padding is left as it is.</summary>
    public unsafe void WriteImage(float* canonical, float* image)
    {
        int width = Logical.W, step = PixelStep, every = Interleaved;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++, canonical += width)
            {
                float* row = image + RowOffset(c, y);
                for (int first = 0; first < every; first++)
                {
                    float* to = row + PixelOffset(first);
                    for (int x = first; x < width; x += every, to += step) *to = canonical[x];
                }
            }
        }
    }

    /// <summary>Reads the elements of an image into canonical order.</summary>
    public unsafe void ReadImage(float* image, float* canonical)
    {
        int width = Logical.W, step = PixelStep, every = Interleaved;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++, canonical += width)
            {
                float* row = image + RowOffset(c, y);
                for (int first = 0; first < every; first++)
                {
                    float* from = row + PixelOffset(first);
                    for (int x = first; x < width; x += every, from += step) canonical[x] = *from;
                }
            }
        }
    }

    /// <summary>Copies the elements of an image to another format; padding there is left as it is.</summary>
    public unsafe void CopyImage(float* image, ImageFormat format, float* to)
    {
        // Of two formats that interleave pixels, one does by a multiple of the other.
        int width = Logical.W, every = Math.Max(Interleaved, format.Interleaved), step = every / Interleaved * PixelStep, toStep = every / format.Interleaved * format.PixelStep;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++)
            {
                float* row = image + RowOffset(c, y), toRow = to + format.RowOffset(c, y);
                for (int first = 0; first < every; first++)
                {
                    float* from = row + PixelAt(first), into = toRow + format.PixelAt(first);
                    for (int x = first; x < width; x += every, from += step, into += toStep) *into = *from;
                }
            }
        }
    }

    private int PixelAt(int x) => PixelOffset(x % Interleaved) + (x / Interleaved * PixelStep);
}
