using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Xunit;

namespace AlexNetCuda.IO.Tests;

/// <summary>Makes JPEGs by TurboJPEG's own encoder. Tests that use it are skipped where the library is absent.</summary>
internal static unsafe class TurboJpegEncoder
{
    public const int Subsampling444 = 0, Subsampling420 = 2, Grey = 3, Progressive = 16384;

    private static readonly nint Module = Find();

    private enum PixelFormat
    {
        Rgb = 0,
        Cmyk = 11,
    }

    public static void SkipIfAbsent()
    {
        if (Module == 0)
            Assert.Skip("libturbojpeg is not installed");
    }

    public static byte[] Encode(Picture picture, int quality = 95, int subsampling = Subsampling444, int flags = 0) =>
        Encode(picture.Pixels, picture.Width, picture.Height, PixelFormat.Rgb, quality, subsampling, flags);

    /// <summary>Pixels of four bytes, stored as given: CMYK by way of YCCK, with an Adobe marker.</summary>
    public static byte[] EncodeCmyk(byte[] cmyk, int width, int height) =>
        Encode(cmyk, width, height, PixelFormat.Cmyk, quality: 100, Subsampling444, flags: 0);

    /// <summary>Puts an APP1 segment with nothing but an orientation behind the start marker.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation, bool little)
    {
        byte[] tiff = Tiff(orientation, little);
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(2 + 6 + tiff.Length));
        return [.. jpeg[..2], 0xFF, 0xE1, .. length, .. "Exif\0\0"u8, .. tiff, .. jpeg[2..]];
    }

    /// <summary>A TIFF block of two entries: a maker's name, which is to be passed over, and the orientation.</summary>
    public static byte[] Tiff(int orientation, bool little)
    {
        byte[] U16(int v) => little ? [(byte)v, (byte)(v >> 8)] : [(byte)(v >> 8), (byte)v];
        byte[] U32(int v) => little ? [.. U16(v & 0xFFFF), .. U16(v >> 16)] : [.. U16(v >> 16), .. U16(v & 0xFFFF)];
        return
        [
            .. little ? "II"u8 : "MM"u8, .. U16(42), .. U32(8), .. U16(2),
            .. U16(0x010F), .. U16(2), .. U32(4), .. "abc\0"u8,
            .. U16(0x0112), .. U16(3), .. U32(1), .. U16(orientation), 0, 0,
            .. U32(0),
        ];
    }

    private static byte[] Encode(byte[] pixels, int width, int height, PixelFormat format, int quality, int subsampling, int flags)
    {
        SkipIfAbsent();
        var init = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(Module, "tjInitCompress");
        var destroy = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(Module, "tjDestroy");
        var free = (delegate* unmanaged[Cdecl]<byte*, void>)NativeLibrary.GetExport(Module, "tjFree");
        var compress = (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int, int, byte**, CULong*, int, int, int, int>)
            NativeLibrary.GetExport(Module, "tjCompress2");
        nint handle = init();
        byte* jpeg = null;
        try
        {
            CULong size = default;
            int status;
            fixed (byte* p = pixels)
            {
                status = compress(handle, p, width, 0, height, (int)format, &jpeg, &size, subsampling, quality, flags);
            }

            Assert.Equal(0, status);
            return new ReadOnlySpan<byte>(jpeg, (int)size.Value).ToArray();
        }
        finally
        {
            free(jpeg);
            destroy(handle);
        }
    }

    private static nint Find()
    {
        foreach (string name in TurboJpegLibrary.UsualNames())
        {
            if (NativeLibrary.TryLoad(name, typeof(TurboJpegEncoder).Assembly, null, out nint module))
                return module;
        }

        return 0;
    }
}
