using System.Buffers.Binary;
using Google.Protobuf;
using StbImageSharp;
using Xunit;

namespace AlexNetCuda.IO.Tests.Reports;

/// <summary>Files are read back field by field, by the public numbers of event.proto and summary.proto, not by the classes that wrote them.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Clock(double seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }

    [Fact]
    public void The_first_record_is_that_of_TensorFlow()
    {
        // A record of the tests of TensorBoard's event_file_loader: wall time, then file_version "brain.Event:1" and "brain.Event:2", with both checksums.
        byte[] first = Convert.FromHexString("1800000000000000A37F4B22090000C025DD75D5411A0D627261696E2E4576656E743A31ECF3328D");
        byte[] second = Convert.FromHexString("1800000000000000A37F4B220900000027E6B3D5411A0D627261696E2E4576656E743A326A4D0B15");
        Assert.Equal(first, TensorBoardWriter.Record(first.AsSpan(12..^4)));

        using (var writer = new TensorBoardWriter(_folder.Path, time: new Clock(BitConverter.ToDouble(second, 13)))) Assert.StartsWith(_folder.Path, writer.Path, StringComparison.Ordinal);
        Assert.Equal(second, File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder.Path, "events.out.tfevents.*"))));
    }

    [Fact]
    public void Scalars_and_images_are_read_back()
    {
        Picture picture = TestPictures.Pattern(9, 5);
        string path;
        using (var writer = new TensorBoardWriter(_folder.Path, resumeStep: 41, new Clock(1234.5)))
        {
            path = writer.Path;
            writer.AddScalar("train/loss", 42, 0.625);
            writer.AddImage("conv1/filters", 43, picture);
            Assert.Equal(4, Records(path).Count); // flushed
        }

        List<byte[]> records = Records(path);
        Assert.Equal((1234.5, 0L), Times(records[0]));
        Assert.Equal("brain.Event:2"u8, Field(records[0], 3));
        Assert.Equal((1234.5, 42L), Times(records[1]));
        Assert.Equal([0x08, 1], Field(records[1], 7)); // status = START: later steps of older files are not shown

        Assert.Equal((1234.5, 42L), Times(records[2]));
        byte[] value = Field(Field(records[2], 5), 1);
        Assert.Equal("train/loss"u8, Field(value, 1));
        Assert.Equal(0.625f, BitConverter.ToSingle(Field(value, 2)));

        Assert.Equal((1234.5, 43L), Times(records[3]));
        value = Field(Field(records[3], 5), 1);
        Assert.Equal("conv1/filters"u8, Field(value, 1));
        byte[] image = Field(value, 4);
        Assert.Equal([5, 9, 3], new[] { 1, 2, 3 }.Select(n => (int)Field(image, n)[0]));
        ImageResult decoded = ImageResult.FromMemory(Field(image, 4), ColorComponents.RedGreenBlue);
        Assert.Equal(picture.Pixels, decoded.Data);
    }

    [Fact]
    public void Two_files_of_a_second_do_not_meet_and_bad_places_are_one_error()
    {
        var clock = new Clock(1000);
        using (var one = new TensorBoardWriter(_folder.Path, time: clock))
        using (var other = new TensorBoardWriter(_folder.Path, time: clock)) Assert.NotEqual(one.Path, other.Path);
        string file = _folder.Add("file", "x"u8);
        Assert.StartsWith(file + ": ", Assert.Throws<IOException>(() => new TensorBoardWriter(file)).Message, StringComparison.Ordinal);
    }

    private static List<byte[]> Records(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var records = new List<byte[]>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            records.Add(bytes[(at + 12)..(at + 12 + length)]);
            Assert.Equal(Masked(records[^1]), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            at += 16 + length;
        }

        return records;
    }

    /// <summary>TensorFlow's mask, of a CRC-32C computed bit by bit.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0x82F63B78 & (0 - (crc & 1)));
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    private static (double WallTime, long Step) Times(byte[] record)
    {
        using var input = new CodedInputStream(record);
        (double time, long step) = (0, 0);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(1, WireFormat.WireType.Fixed64)) time = input.ReadDouble();
            else if (tag == WireFormat.MakeTag(2, WireFormat.WireType.Varint)) step = input.ReadInt64();
            else input.SkipLastField();
        }

        return (time, step);
    }

    /// <summary>The bytes of a field: of a message, text, float, or small number.</summary>
    private static byte[] Field(byte[] message, int number)
    {
        using var input = new CodedInputStream(message);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            byte[] bytes = WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => [(byte)input.ReadInt32()],
                WireFormat.WireType.Fixed64 => BitConverter.GetBytes(input.ReadDouble()),
                WireFormat.WireType.Fixed32 => BitConverter.GetBytes(input.ReadFloat()),
                _ => input.ReadBytes().ToByteArray(),
            };
            if (WireFormat.GetTagFieldNumber(tag) == number) return bytes;
        }

        throw new InvalidOperationException($"there is no field {number}");
    }
}
