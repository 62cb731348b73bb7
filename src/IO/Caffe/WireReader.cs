using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>
/// Walks a message of Protocol Buffers' wire format in a file (https://protobuf.dev/programming-guides/encoding/) and says where its fields lie. Values of length-delimited
/// fields are passed over, not read: a model of 500 MB whose layers hold a few blobs each is looked through in some reads of 4 KB.
/// </summary>
internal sealed class WireReader
{
    /// <summary>The wire types that Caffe's messages have.</summary>
    public const int Varint = 0, Bits64 = 1, LengthDelimited = 2, Bits32 = 5;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly long _end;
    private readonly Window _window;

    /// <summary>Begins a file's outermost message.</summary>
    public WireReader(SafeFileHandle handle, string path)
        : this(handle, path, 0, RandomAccess.GetLength(handle), new Window())
    {
    }

    private WireReader(SafeFileHandle handle, string path, long start, long end, Window window) =>
        (_handle, _path, Position, _end, _window) = (handle, path, start, end, window);

    /// <summary>The offset in the file of what is read next.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the message ends here.</summary>
    public bool AtEnd => Position == _end;

    /// <summary>Reads the number and the wire type of the next field; false at the end of the message.</summary>
    public bool TryReadTag(out int field, out int wireType)
    {
        (field, wireType) = (0, 0);
        if (AtEnd) return false;
        ulong tag = ReadVarint();
        wireType = (int)(tag & 7);
        if (tag >> 3 is < 1 or > 536_870_911) throw Error("a field has a number that there is not");
        field = (int)(tag >> 3);
        return true;
    }

    /// <summary>Reads a whole number of 7 bits a byte.</summary>
    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = ReadByte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }

        throw Error("a number does not end");
    }

    /// <summary>Passes over a length-delimited value and says where it lies.</summary>
    public (long Start, long Length) ReadPlace()
    {
        ulong length = ReadVarint();
        if (length > (ulong)(_end - Position)) throw Error(string.Create(CultureInfo.InvariantCulture, $"a field of {length} bytes is longer than what is left"));
        long start = Position;
        Position += (long)length;
        return (start, (long)length);
    }

    /// <summary>A reader of a length-delimited value that is a message, or of packed numbers; this one passes over it.</summary>
    public WireReader ReadMessage()
    {
        (long start, long length) = ReadPlace();
        return new WireReader(_handle, _path, start, start + length, _window);
    }

    /// <summary>Reads a short length-delimited value.</summary>
    /// <param name="most">A longer one is an error.</param>
    public byte[] ReadBytes(int most)
    {
        (long start, long length) = ReadPlace();
        if (length > most) throw Error(string.Create(CultureInfo.InvariantCulture, $"a field has {length} bytes; at most {most} are allowed"));
        var bytes = new byte[length];
        InputFile.Fill(_handle, _path, bytes, start);
        return bytes;
    }

    /// <summary>Passes over the value of a field that does not matter.</summary>
    public void Skip(int wireType)
    {
        switch (wireType)
        {
            case Varint:
                ReadVarint();
                break;
            case LengthDelimited:
                ReadPlace();
                break;
            case Bits32 or Bits64:
                SkipFixed(wireType);
                break;
            default:
                throw Error(string.Create(CultureInfo.InvariantCulture, $"a field has the wire type {wireType}, which Caffe's files do not have"));
        }
    }

    /// <summary>Passes over 4 or 8 bytes and says where they begin.</summary>
    public long SkipFixed(int wireType)
    {
        int bytes = wireType == Bits64 ? 8 : 4;
        if (bytes > _end - Position) throw Error("a number is cut short");
        long start = Position;
        Position += bytes;
        return start;
    }

    /// <summary>The exception for a file that is not what it should be.</summary>
    public WeightFileException Error(string what) =>
        new(_path, string.Create(CultureInfo.InvariantCulture, $"it is none of Caffe's files, or a damaged one: {what} (at byte {Position})."));

    private byte ReadByte()
    {
        if (AtEnd) throw Error("a message is cut short");
        if (Position < _window.Start || Position >= _window.Start + _window.Count)
        {
            // Beyond this message too, as far as the file goes: what follows is read next.
            int count = (int)Math.Clamp(RandomAccess.GetLength(_handle) - Position, 1, _window.Bytes.Length);
            InputFile.Fill(_handle, _path, _window.Bytes.AsSpan(0, count), Position);
            (_window.Start, _window.Count) = (Position, count);
        }

        return _window.Bytes[Position++ - _window.Start];
    }

    /// <summary>The part of the file that was read last; the readers of a file share it.</summary>
    private sealed class Window
    {
        public byte[] Bytes { get; } = new byte[4096];

        public long Start { get; set; }

        public int Count { get; set; }
    }
}
