using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>
/// Reads a safetensors file (https://github.com/huggingface/safetensors): 8 bytes that give the length of a JSON header, the header, the tensors' values. The header is
/// checked whole when the file is opened; values are read when they are asked for, in pieces, so that no more is held in memory than the caller's own arrays.
/// Several threads may read at once.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;
    private const int PieceBytes = 1 << 18;
    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(SafeFileHandle handle, string path)
    {
        (_handle, Path) = (handle, path);
        long length = RandomAccess.GetLength(handle);
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        if (length < LengthBytes) throw new WeightFileException(path, "it is too short for a safetensors file.");
        Fill(lengthBytes, 0);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerBytes > SafetensorsHeader.MostBytes)
        {
            throw new WeightFileException(path, string.Create(
                CultureInfo.InvariantCulture,
                $"its first 8 bytes ask for a header of {headerBytes} bytes; the format allows {SafetensorsHeader.MostBytes}. It is damaged, or no safetensors file."));
        }

        if (headerBytes > (ulong)(length - LengthBytes))
        {
            throw new WeightFileException(path, string.Create(
                CultureInfo.InvariantCulture, $"it is cut short, or no safetensors file: its header takes {headerBytes} bytes, and the file has {length - LengthBytes} more."));
        }

        byte[] json = GC.AllocateUninitializedArray<byte>((int)headerBytes);
        Fill(json, LengthBytes);
        _dataStart = LengthBytes + (long)headerBytes;
        _header = SafetensorsHeader.Parse(json, length - _dataStart, path);
        foreach (SafetensorsTensor tensor in _header.Tensors) tensor.File = this;
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>The texts under <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors, in the order of their values in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _header.Tensors;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">It is not there, may not be read, or is no safetensors file or a damaged one.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle handle = InputFile.Open(path);
        try
        {
            return new SafetensorsFile(handle, path);
        }
        catch (IOException e)
        {
            handle.Dispose();
            throw InputFile.CannotRead(path, e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of a name, or null.</summary>
    public SafetensorsTensor? Find(string name) => _header.ByName.GetValueOrDefault(name);

    /// <summary>Reads the values of a tensor of any floating-point type.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Takes all values in row-major order, rounded to nearest where the file's type is wider.</param>
    /// <exception cref="ArgumentException">The tensor is another file's, or the length is not that of the tensor.</exception>
    /// <exception cref="WeightFileException">The tensor's type is an integer, or the file cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, Span<float> destination) => Mine(tensor).Read(destination);

    /// <inheritdoc cref="Read(SafetensorsTensor, Span{float})"/>
    public void Read(SafetensorsTensor tensor, Span<double> destination) => Mine(tensor).Read(destination);

    /// <summary>Reads the values of a tensor of any integer type, or truth values as 0 and 1.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Takes all values in row-major order.</param>
    /// <exception cref="ArgumentException">The tensor is another file's, or the length is not that of the tensor.</exception>
    /// <exception cref="WeightFileException">The tensor's type is a floating-point one, a value is beyond 63 bits, or the file cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, Span<long> destination) => Mine(tensor).Read(destination);

    /// <summary>Reads the bytes of a tensor as they are in the file.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Takes all bytes.</param>
    /// <exception cref="ArgumentException">The tensor is another file's, or the length is not <see cref="SafetensorsTensor.Bytes"/>.</exception>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, Span<byte> destination)
    {
        long offset = _dataStart + Mine(tensor).Offset;
        if (destination.Length != tensor.Bytes)
            throw new ArgumentException($"Tensor {TensorShapes.Show(tensor.Name)} takes a destination of {tensor.Bytes} bytes, not {destination.Length}.");
        Fill(destination, offset);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Reads a tensor's bytes piece by piece and converts each.</summary>
    internal void ReadPieces<T>(SafetensorsTensor tensor, Span<T> destination, TensorConversion<T> convert)
    {
        int size = TensorDataTypes.SizeOf(tensor.DataType), most = PieceBytes / size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (int first = 0; first < destination.Length; first += most)
            {
                int count = Math.Min(most, destination.Length - first);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                Fill(bytes, _dataStart + tensor.Offset + ((long)first * size));
                convert(bytes, tensor.DataType, destination.Slice(first, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private SafetensorsTensor Mine(SafetensorsTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return ReferenceEquals(tensor.File, this) ? tensor : throw new ArgumentException($"Tensor {TensorShapes.Show(tensor.Name)} is not one of file '{Path}'.");
    }

    private void Fill(Span<byte> destination, long offset) => InputFile.Fill(_handle, Path, destination, offset);
}
