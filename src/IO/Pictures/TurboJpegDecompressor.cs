using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>A decompressor of TurboJPEG: used by one thread at a time and disposed, also when decoding fails.</summary>
internal sealed unsafe class TurboJpegDecompressor : SafeHandle
{
    public const int Rgb = 0;    // TJPF_RGB
    public const int Cmyk = 11;  // TJPF_CMYK

    private const int ColourSpaceCmyk = 3, ColourSpaceYcck = 4;            // TJCS_CMYK, TJCS_YCCK
    private const int StopOnWarning = 8192, LimitScans = 32768;            // TJFLAG_STOPONWARNING, TJFLAG_LIMITSCANS
    private const int ErrorIsWarning = 0;                                  // TJERR_WARNING

    private readonly TurboJpegLibrary _library;

    public TurboJpegDecompressor(TurboJpegLibrary library)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        _library = library;
        SetHandle(library.InitDecompress());
        if (IsInvalid)
            throw new InvalidOperationException("TurboJPEG could not make a decompressor.");
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Reads the sides, and whether the picture is stored as CMYK. Throws <see cref="PictureException"/>.</summary>
    public (int Width, int Height, bool IsCmyk) ReadHeader(ReadOnlySpan<byte> jpeg, string name)
    {
        // Stay 0 when the file has tables only, which counts as success there.
        int width = 0, height = 0, subsampling = 0, colourSpace = 0, status;
        fixed (byte* p = jpeg)
        {
            status = _library.DecompressHeader3(handle, p, new CULong((nuint)jpeg.Length), &width, &height, &subsampling, &colourSpace);
        }

        if (status != 0)
            throw Failure(name);
        return (width, height, colourSpace is ColourSpaceCmyk or ColourSpaceYcck);
    }

    /// <summary>Decodes at a size that is one of the library's scales of the full size. Throws <see cref="PictureException"/>.</summary>
    public void Decompress(ReadOnlySpan<byte> jpeg, Span<byte> pixels, int width, int height, int pixelFormat, string name)
    {
        int pitch = width * (pixelFormat == Cmyk ? 4 : 3);
        if (pixels.Length < (long)pitch * height)
            throw new ArgumentException("Too few bytes for the pixels.", nameof(pixels));
        int status;
        fixed (byte* from = jpeg)
        fixed (byte* to = pixels)
        {
            status = _library.Decompress2(
                handle, from, new CULong((nuint)jpeg.Length), to, width, pitch, height, pixelFormat, StopOnWarning | LimitScans);
        }

        if (status != 0)
            throw Failure(name);
    }

    protected override bool ReleaseHandle() => _library.Destroy(handle) == 0;

    private PictureException Failure(string name)
    {
        string message = Marshal.PtrToStringUTF8((nint)_library.GetErrorStr2(handle)) ?? "no message";
        bool warning = _library.GetErrorCode(handle) == ErrorIsWarning;
        string what = warning ? "damaged or cut short" : "not decodable";
        return new PictureException(name, $"the JPEG file is {what}: {message.TrimEnd('.')}.");
    }
}
