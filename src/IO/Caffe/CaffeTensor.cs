using System.Buffers;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>A blob whose values are read from the file when they are asked for.</summary>
internal sealed class CaffeTensor(string name, CaffeBlob blob, SafeFileHandle handle, string path) : WeightTensor(name, blob.Type, blob.Shape, blob.Count)
{
    private const int PieceBytes = 1 << 18;

    /// <inheritdoc/>
    public override void Read(Span<float> destination) => ReadFloating(destination);

    /// <inheritdoc/>
    public override void Read(Span<double> destination) => ReadFloating(destination);

    /// <inheritdoc/>
    public override void Read(Span<long> destination) => Check(destination.Length, floating: false, path); // blobs are never integers: it throws

    private void ReadFloating<T>(Span<T> destination)
        where T : IFloatingPointIeee754<T>
    {
        Check(destination.Length, floating: true, path);
        int size = TensorDataTypes.SizeOf(DataType);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int at = 0;
            foreach (CaffeRun run in blob.Runs)
            {
                int most = PieceBytes / run.Stride;
                for (long first = 0; first < run.Count; first += most)
                {
                    int count = (int)Math.Min(most, run.Count - first);
                    Span<byte> bytes = buffer.AsSpan(0, ((count - 1) * run.Stride) + size);
                    InputFile.Fill(handle, path, bytes, run.Start + (first * run.Stride));
                    for (int i = 1; i < count && run.Stride != size; i++) bytes.Slice(i * run.Stride, size).CopyTo(bytes[(i * size)..]); // closes the gaps
                    TensorBytes.ToFloating(bytes[..(count * size)], DataType, destination.Slice(at, count));
                    at += count;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
