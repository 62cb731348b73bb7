using System.Buffers;

namespace AlexNetCuda.IO;

/// <summary>Writes the values of tensors, a piece at a time.</summary>
internal static class TensorPieces
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Writes all values in row-major order, least significant byte first.</summary>
    public static void Write(TensorToWrite tensor, Stream stream, CancellationToken cancellation)
    {
        int size = TensorDataTypes.SizeOf(tensor.DataType), most = PieceBytes / size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (long first = 0; first < tensor.Count; first += most)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> bytes = buffer.AsSpan(0, size * (int)Math.Min(most, tensor.Count - first));
                bytes.Clear(); // what a careless source leaves out is 0, not another tensor's
                tensor.FillBytes(first, bytes);
                stream.Write(bytes);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
