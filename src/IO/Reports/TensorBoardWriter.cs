using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using AlexNetCuda.IO.Reports;
using Google.Protobuf;

namespace AlexNetCuda.IO;

/// <summary>
/// Writes an event file that TensorBoard shows: scalars and images. Each event is a record of a TFRecord file: u64 length, u32 masked CRC-32C of the length, the event,
/// u32 masked CRC-32C of the event, little-endian. It is flushed event by event, so that a run can be watched. Used by one thread at a time.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    private const string FileVersion = "brain.Event:2";
    private const int Rgb = 3; // Summary.Image.colorspace
    private const uint MaskDelta = 0xA282EAD8; // of TensorFlow's masked checksums (core/lib/hash/crc32c.h)

    private readonly FileStream _stream;
    private readonly TimeProvider _time;

    /// <summary>Begins a file of its own, <c>events.out.tfevents.SECONDS.HOST.NUMBER</c>; the folder may have others, which TensorBoard shows as one run.</summary>
    /// <param name="directory">The folder; made if it is missing.</param>
    /// <param name="resumeStep">Of a run that goes on after this step: what older files say of later steps is not shown any more. Null: a run from the beginning.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <exception cref="IOException">The file cannot be written; the message begins with the folder.</exception>
    public TensorBoardWriter(string directory, long? resumeStep = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _time = time ?? TimeProvider.System;
        try
        {
            Directory.CreateDirectory(directory);
            _stream = Create(directory, _time.GetUtcNow().ToUnixTimeSeconds());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{directory}: an event file cannot be written there: {e.Message}", e);
        }

        try
        {
            Write(new Event { FileVersion = FileVersion });
            if (resumeStep is { } step) Write(new Event { Step = step + 1, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => _stream.Name;

    /// <summary>Writes a number.</summary>
    /// <param name="tag">The name of the series, as "train/loss".</param>
    /// <param name="step">The step.</param>
    /// <param name="value">The number; NaN and infinity are shown as such.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void AddScalar(string tag, long step, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        WriteSummary(step, new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
    }

    /// <summary>Writes a picture, as PNG.</summary>
    /// <param name="tag">The name of the series, as "conv1/filters".</param>
    /// <param name="step">The step.</param>
    /// <param name="picture">The picture.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void AddImage(string tag, long step, Picture picture)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentNullException.ThrowIfNull(picture);
        var image = new Summary.Types.Image
        {
            Height = picture.Height, Width = picture.Width, Colorspace = Rgb, EncodedImageString = ByteString.CopyFrom(PngEncoder.Encode(picture)),
        };
        WriteSummary(step, new Summary.Types.Value { Tag = tag, Image = image });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Crc32C.Of(bytes), 15) + MaskDelta;

    /// <summary>An event as a record.</summary>
    internal static byte[] Record(ReadOnlySpan<byte> data)
    {
        var record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), MaskedCrc(record.AsSpan(0, sizeof(ulong))));
        data.CopyTo(record.AsSpan(sizeof(ulong) + sizeof(uint)));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)), MaskedCrc(data));
        return record;
    }

    private static FileStream Create(string directory, long seconds)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.{Environment.MachineName}");
        for (int number = 0; ; number++)
        {
            string path = System.IO.Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{start}.{number}"));
            try
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Begun in the same second: the next number.
            }
        }
    }

    private void WriteSummary(long step, Summary.Types.Value value)
    {
        var summary = new Summary();
        summary.Value.Add(value);
        Write(new Event { Step = step, Summary = summary });
    }

    private void Write(Event one)
    {
        one.WallTime = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        _stream.Write(Record(one.ToByteArray()));
        _stream.Flush();
    }
}
