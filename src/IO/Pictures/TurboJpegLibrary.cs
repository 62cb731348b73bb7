using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>The functions of TurboJPEG's 2.x C API that decoding needs (3.x exports them too), found when the library is loaded.</summary>
/// <remarks>Function pointers rather than DllImport: the library has a different name on each system, and a missing function is known at
/// loading.</remarks>
internal sealed unsafe class TurboJpegLibrary
{
    /// <summary>The environment variable that names the library to load instead of the usual names.</summary>
    public const string PathVariable = "ALEXNETCUDA_TURBOJPEG";

    public readonly delegate* unmanaged[Cdecl]<nint> InitDecompress;
    public readonly delegate* unmanaged[Cdecl]<nint, int> Destroy;
    public readonly delegate* unmanaged[Cdecl]<nint, byte*> GetErrorStr2;
    public readonly delegate* unmanaged[Cdecl]<nint, int> GetErrorCode;

    // handle, jpegBuf, jpegSize (C's unsigned long), width, height, jpegSubsamp, jpegColorspace
    public readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> DecompressHeader3;

    // handle, jpegBuf, jpegSize, dstBuf, width, pitch, height, pixelFormat, flags
    public readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress2;

    // The process loads the library once and never unloads it.
    private static readonly Lazy<TurboJpegLibrary> Loaded = new(() => Load(UsualNames()), LazyThreadSafetyMode.PublicationOnly);

    private readonly TurboJpegScale[] _scales;

    private TurboJpegLibrary(nint module)
    {
        InitDecompress = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(module, "tjInitDecompress");
        Destroy = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(module, "tjDestroy");
        GetErrorStr2 = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(module, "tjGetErrorStr2");
        GetErrorCode = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(module, "tjGetErrorCode");
        DecompressHeader3 = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)
            NativeLibrary.GetExport(module, "tjDecompressHeader3");
        Decompress2 = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
            NativeLibrary.GetExport(module, "tjDecompress2");
        var scalingFactors = (delegate* unmanaged[Cdecl]<int*, TurboJpegScale*>)NativeLibrary.GetExport(module, "tjGetScalingFactors");
        int count;
        TurboJpegScale* scales = scalingFactors(&count);
        _scales = scales is null ? [] : new ReadOnlySpan<TurboJpegScale>(scales, count).ToArray();
    }

    /// <summary>The library of this process.</summary>
    /// <exception cref="TurboJpegNotFoundException">It is not there. Tried again the next time.</exception>
    public static TurboJpegLibrary Instance => Loaded.Value;

    /// <summary>The factors a picture can be decoded at, in the library's order.</summary>
    public ReadOnlySpan<TurboJpegScale> Scales => _scales;

    /// <summary>Loads the first of some names or paths that is there and has all the functions.</summary>
    /// <exception cref="TurboJpegNotFoundException">None is.</exception>
    public static TurboJpegLibrary Load(IReadOnlyList<string> names)
    {
        var tried = new List<string>();
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, typeof(TurboJpegLibrary).Assembly, searchPath: null, out nint module))
            {
                tried.Add(name);
                continue;
            }

            try
            {
                return new TurboJpegLibrary(module);
            }
            catch (EntryPointNotFoundException e)
            {
                NativeLibrary.Free(module);
                tried.Add($"{name} (found, but not usable: {e.Message})");
            }
        }

        throw new TurboJpegNotFoundException(tried);
    }

    /// <summary>The names the library goes by on this system; the one that <see cref="PathVariable"/> names, when it is set.</summary>
    public static IReadOnlyList<string> UsualNames()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
            return [path];
        if (OperatingSystem.IsWindows())
            return ["turbojpeg.dll", "libturbojpeg.dll", "libturbojpeg-0.dll", @"C:\libjpeg-turbo64\bin\turbojpeg.dll"];
        if (OperatingSystem.IsMacOS())
        {
            return
            [
                "libturbojpeg.0.dylib", "libturbojpeg.dylib", "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib",
                "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib", "/opt/local/lib/libturbojpeg.dylib",
            ];
        }

        return ["libturbojpeg.so.0", "libturbojpeg.so", "/opt/libjpeg-turbo/lib64/libturbojpeg.so.0"];
    }
}

/// <summary>tjscalingfactor: a decoded side is the full side * Num / Denom, rounded up.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TurboJpegScale(int Num, int Denom)
{
    public int Of(int side) => (int)((((long)side * Num) + Denom - 1) / Denom);
}
