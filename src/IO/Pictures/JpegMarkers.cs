using System.Buffers.Binary;

namespace AlexNetCuda.IO;

/// <summary>What TurboJPEG does not tell: the EXIF orientation, and whether Adobe wrote the file (its CMYK is inverted).</summary>
/// <remarks>Lenient, since TurboJPEG judges the file: reading stops at the first thing that is no marker segment.</remarks>
internal readonly record struct JpegMarkers(int Orientation, bool Adobe)
{
    private const byte App1 = 0xE1, App14 = 0xEE, StartOfScan = 0xDA, EndOfImage = 0xD9;

    public static JpegMarkers Read(ReadOnlySpan<byte> jpeg)
    {
        int? orientation = null;
        bool adobe = false;
        ReadOnlySpan<byte> rest = jpeg[2..];
        while (rest.Length >= 4 && rest[0] == 0xFF)
        {
            byte marker = rest[1];
            if (marker is StartOfScan or EndOfImage)
                break;
            if (marker == 0xFF || marker == 1 || marker is >= 0xD0 and <= 0xD7)
            {
                // A fill byte, or a marker without a body.
                rest = rest[(marker == 0xFF ? 1 : 2)..];
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < 2 || length > rest.Length - 2)
                break;
            ReadOnlySpan<byte> body = rest.Slice(4, length - 2);
            if (marker == App1 && orientation is null && body.StartsWith("Exif\0\0"u8))
                orientation = ExifOrientation.Read(body[6..]);
            else if (marker == App14 && body.StartsWith("Adobe"u8))
                adobe = true;
            rest = rest[(length + 2)..];
        }

        return new JpegMarkers(orientation ?? ExifOrientation.Upright, adobe);
    }
}
