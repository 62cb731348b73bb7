using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.IO;

/// <summary>
/// Cuts a square out of a picture's RGB bytes and writes it as three planes of float32, normalised by a <see cref="Preprocessing"/>. Allocates nothing; any number of
/// threads may use one. A value is pixel * factor + offset, of which each operation is rounded, on every machine alike.
/// </summary>
internal sealed class PixelWriter
{
    private const int Lanes = 16; // pixels at a time: three vectors of 16 bytes

    // Byte i of the vector of channel c is byte 3 * i + c of the 48: of these vectors, each takes its part (an index beyond 15 gives 0).
    private static readonly Vector128<byte>[] Takes = [.. from c in Enumerable.Range(0, 3) from part in Enumerable.Range(0, 3) select Take(c, part)];
    private static readonly Vector128<byte> Red0 = Takes[0], Red1 = Takes[1], Red2 = Takes[2];
    private static readonly Vector128<byte> Green0 = Takes[3], Green1 = Takes[4], Green2 = Takes[5];
    private static readonly Vector128<byte> Blue0 = Takes[6], Blue1 = Takes[7], Blue2 = Takes[8];
    private static readonly Vector128<byte> Backwards = Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);

    private readonly Plane[] _planes; // of red, green and blue
    private readonly float[]? _meanImage; // over the deviation, in the order of the output

    public PixelWriter(Preprocessing preprocessing, int inputSize)
    {
        Size = inputSize;
        _planes = new Plane[3];
        for (int c = 0; c < 3; c++)
        {
            float mean = preprocessing.MeanImage is null ? preprocessing.Mean[c] : 0, deviation = preprocessing.Deviation[c];
            int source = preprocessing.Channels == ChannelOrder.Bgr ? 2 - c : c;
            _planes[source] = new Plane(c * inputSize * inputSize, preprocessing.Scale / deviation, -mean / deviation);
        }

        if (preprocessing.MeanImage is not { } image) return;
        _meanImage = image.Values.ToArray();
        for (int i = 0; i < _meanImage.Length; i++) _meanImage[i] /= preprocessing.Deviation[i / (inputSize * inputSize)];
    }

    /// <summary>Rows and columns of the square.</summary>
    public int Size { get; }

    /// <summary>Values of an image: 3 * Size * Size.</summary>
    public int ImageLength => 3 * Size * Size;

    /// <summary>Writes the square whose first pixel is (left, top).</summary>
    public void Write(in ScaledPixels from, int left, int top, bool mirror, in ColourShift shift, Span<float> image)
    {
        ReadOnlySpan<byte> bytes = from.Bytes;
        Plane red = _planes[0].Shifted(shift.Red), green = _planes[1].Shifted(shift.Green), blue = _planes[2].Shifted(shift.Blue);
        for (int y = 0; y < Size; y++)
        {
            ReadOnlySpan<byte> row = bytes.Slice(3 * (((top + y) * from.Width) + left), 3 * Size);
            int target = y * Size, x = 0;
            for (; x <= Size - Lanes; x += Lanes)
            {
                Vector128<byte> a = Vector128.Create(row[(3 * x)..]), b = Vector128.Create(row[((3 * x) + 16)..]), c = Vector128.Create(row[((3 * x) + 32)..]);
                Vector128<byte> r = Vector128.Shuffle(a, Red0) | Vector128.Shuffle(b, Red1) | Vector128.Shuffle(c, Red2);
                Vector128<byte> g = Vector128.Shuffle(a, Green0) | Vector128.Shuffle(b, Green1) | Vector128.Shuffle(c, Green2);
                Vector128<byte> l = Vector128.Shuffle(a, Blue0) | Vector128.Shuffle(b, Blue1) | Vector128.Shuffle(c, Blue2);
                int at = target + (mirror ? Size - Lanes - x : x);
                if (mirror) (r, g, l) = (Vector128.Shuffle(r, Backwards), Vector128.Shuffle(g, Backwards), Vector128.Shuffle(l, Backwards));
                Store(r, red, at, image);
                Store(g, green, at, image);
                Store(l, blue, at, image);
            }

            for (; x < Size; x++)
            {
                int at = target + (mirror ? Size - 1 - x : x);
                Store(row[3 * x], red, at, image);
                Store(row[(3 * x) + 1], green, at, image);
                Store(row[(3 * x) + 2], blue, at, image);
            }
        }
    }

    /// <summary>Writes a square of any size and angle, each value weighted of the four pixels around it; outside the picture its edge is repeated.</summary>
    public void Write(in ScaledPixels from, in AffineSquare square, bool mirror, in ColourShift shift, Span<float> image)
    {
        ReadOnlySpan<byte> bytes = from.Bytes;
        Plane red = _planes[0].Shifted(shift.Red), green = _planes[1].Shifted(shift.Green), blue = _planes[2].Shifted(shift.Blue);
        Vector128<float> factor = Vector128.Create(red.Factor, green.Factor, blue.Factor, 0), offset = Vector128.Create(red.Offset, green.Offset, blue.Offset, 0);
        double middle = (Size - 1) / 2.0;
        int lastX = from.Width - 1, lastY = from.Height - 1;
        for (int y = 0; y < Size; y++)
        {
            double rowX = square.CentreX - (square.StepY * (y - middle)), rowY = square.CentreY + (square.StepX * (y - middle));
            for (int x = 0; x < Size; x++)
            {
                float sourceX = (float)Math.Clamp(rowX + (square.StepX * (x - middle)), 0, lastX);
                float sourceY = (float)Math.Clamp(rowY + (square.StepY * (x - middle)), 0, lastY);
                int x0 = (int)sourceX, y0 = (int)sourceY;
                float right = sourceX - x0, down = sourceY - y0;
                int next = x0 < lastX ? 3 : 0, upper = 3 * ((y0 * from.Width) + x0), lower = y0 < lastY ? upper + (3 * from.Width) : upper;
                Vector128<float> above = Between(Pixel(bytes, upper), Pixel(bytes, upper + next), right);
                Vector128<float> below = Between(Pixel(bytes, lower), Pixel(bytes, lower + next), right);
                Vector128<float> values = (Between(above, below, down) * factor) + offset;
                int at = (y * Size) + (mirror ? Size - 1 - x : x);
                Store(values[0], red.Start + at, image);
                Store(values[1], green.Start + at, image);
                Store(values[2], blue.Start + at, image);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Between(Vector128<float> from, Vector128<float> to, float share) => from + ((to - from) * share);

    /// <summary>Red, green and blue of the pixel whose first byte is at <paramref name="at"/>; the fourth value is of no use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // or its vectors go through memory
    private static Vector128<float> Pixel(ReadOnlySpan<byte> bytes, int at)
    {
        // The picture's last pixel has no fourth byte behind it.
        uint four = at + sizeof(uint) <= bytes.Length
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..])
            : bytes[at] | ((uint)bytes[at + 1] << 8) | ((uint)bytes[at + 2] << 16);
        Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(four).AsByte());
        return Vector128.ConvertToSingle(Vector128.WidenLower(wide).AsInt32());
    }

    private static Vector128<byte> Take(int channel, int part)
    {
        Span<byte> indices = stackalloc byte[Lanes];
        for (int i = 0; i < Lanes; i++)
        {
            int source = (3 * i) + channel - (Lanes * part);
            indices[i] = source is >= 0 and < Lanes ? (byte)source : byte.MaxValue;
        }

        return Vector128.Create<byte>(indices);
    }

    private void Store(float value, int at, Span<float> image) => image[at] = _meanImage is null ? value : value - _meanImage[at];

    private void Store(byte pixel, in Plane plane, int at, Span<float> image) => Store((pixel * plane.Factor) + plane.Offset, plane.Start + at, image);

    private void Store(Vector128<byte> pixels, in Plane plane, int at, Span<float> image)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(pixels);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
        Span<float> target = image.Slice(plane.Start + at, Lanes);
        Vector128<float> factor = Vector128.Create(plane.Factor), offset = Vector128.Create(plane.Offset);
        Vector128<float> va = Normalised(a, factor, offset), vb = Normalised(b, factor, offset), vc = Normalised(c, factor, offset), vd = Normalised(d, factor, offset);
        if (_meanImage is not null)
        {
            ReadOnlySpan<float> mean = _meanImage.AsSpan(plane.Start + at, Lanes);
            va -= Vector128.Create(mean);
            vb -= Vector128.Create(mean[4..]);
            vc -= Vector128.Create(mean[8..]);
            vd -= Vector128.Create(mean[12..]);
        }

        va.CopyTo(target);
        vb.CopyTo(target[4..]);
        vc.CopyTo(target[8..]);
        vd.CopyTo(target[12..]);
    }

    /// <summary>By way of signed numbers, which every processor converts.</summary>
    private static Vector128<float> Normalised(Vector128<uint> pixels, Vector128<float> factor, Vector128<float> offset) =>
        (Vector128.ConvertToSingle(pixels.AsInt32()) * factor) + offset;

    /// <summary>Where a channel is written, and how it is normalised.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Plane(int Start, float Factor, float Offset)
    {
        public Plane Shifted(float shift) => this with { Offset = Offset + (shift * Factor) };
    }
}

/// <summary>What is added to the pixels of each channel, of pixels 0 to 255.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ColourShift(float Red, float Green, float Blue);

/// <summary>A square in a picture: its centre, in pixels from the middle of the first, and what a step to the right in the result is there.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AffineSquare(double CentreX, double CentreY, double StepX, double StepY);
