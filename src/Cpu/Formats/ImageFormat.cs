using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>Activations, or images: pixels of a row of a channel lie a constant step apart.</summary>
/// <param name="Logical">[N, C, H, W] or [N, features].</param>
internal abstract record ImageFormat(Shape Logical) : CpuFormat(Logical)
{
    /// <summary>Floats from one image to the next.</summary>
    public abstract long ImageFloats { get; }

    /// <summary>Floats from one pixel of a row to the next.</summary>
    public abstract int PixelStep { get; }

    /// <summary>Floats from the beginning of an image to the first pixel of a row of a channel.</summary>
    public abstract long RowOffset(int channel, int row);

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
        int width = Logical.W, step = PixelStep;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++, canonical += width)
            {
                float* row = image + RowOffset(c, y);
                for (int x = 0; x < width; x++) row[x * step] = canonical[x];
            }
        }
    }

    /// <summary>Reads the elements of an image into canonical order.</summary>
    public unsafe void ReadImage(float* image, float* canonical)
    {
        int width = Logical.W, step = PixelStep;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++, canonical += width)
            {
                float* row = image + RowOffset(c, y);
                for (int x = 0; x < width; x++) canonical[x] = row[x * step];
            }
        }
    }

    /// <summary>Copies the elements of an image to another format; padding there is left as it is.</summary>
    public unsafe void CopyImage(float* image, ImageFormat format, float* to)
    {
        int width = Logical.W, step = PixelStep, toStep = format.PixelStep;
        for (int c = 0; c < Logical.C; c++)
        {
            for (int y = 0; y < Logical.H; y++)
            {
                float* from = image + RowOffset(c, y), into = to + format.RowOffset(c, y);
                for (int x = 0; x < width; x++) into[x * toStep] = from[x * step];
            }
        }
    }
}
