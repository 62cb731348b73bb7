using System.IO.Compression;

namespace AlexNetCuda.IO;

/// <summary>The expanded content of an entry of an archive, no longer than the archive says, its checksum compared at its end.</summary>
internal sealed class CheckedEntryStream : Stream
{
    private readonly Stream _content;
    private readonly NpyPlace _place;
    private readonly long _length;
    private readonly uint? _expected;
    private Crc32 _sum = Crc32.Start;
    private long _position;

    /// <summary>Opens an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="place">Where it is, for messages.</param>
    /// <param name="checkSum">Whether the checksum matters; it does not where only a part is read.</param>
    public CheckedEntryStream(ZipArchiveEntry entry, NpyPlace place, bool checkSum)
    {
        (_place, _length, _expected) = (place, entry.Length, checkSum ? entry.Crc32 : null);
        try
        {
            _content = entry.Open();
        }
        catch (InvalidDataException e)
        {
            throw place.Error($"it cannot be expanded: {TensorShapes.Printable(e.Message)}", e);
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int most = (int)Math.Min(buffer.Length, _length - _position);
        if (most == 0) return 0;
        int read = _content.Read(buffer[..most]);
        _position += read;
        if (_expected is not { } expected) return read;
        _sum = _sum.Add(buffer[..read]);
        if (_position == _length && _sum.Value != expected) throw _place.Error("its checksum is wrong: the archive is damaged.");
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }
}
