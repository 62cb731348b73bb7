namespace AlexNetCuda.Cuda.Kernels;

/// <summary>How the elements of a tensor lie in device memory. Arithmetic is float32's whatever the storage.</summary>
public enum Storage
{
    /// <summary>IEEE 754 binary32, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754 binary16, 2 bytes: 11 significant bits, 65,504 the largest, 2^-24 the smallest.</summary>
    Float16,

    /// <summary>The upper half of a binary32, 2 bytes: 8 significant bits, binary32's range.</summary>
    BFloat16,
}

/// <summary>The order of a tensor's dimensions in device memory, the last one the densest.</summary>
public enum Layout
{
    /// <summary>Images, channels, rows, columns.</summary>
    Nchw,

    /// <summary>Images, rows, columns, channels.</summary>
    Nhwc,
}

/// <summary>What storage and layout mean to a launch.</summary>
public static class StorageExtensions
{
    /// <summary>Bytes of an element.</summary>
    public static int Bytes(this Storage storage) => storage == Storage.Float32 ? 4 : 2;

    /// <summary>What a kernel's name ends in for this storage: nothing, _f16 or _bf16.</summary>
    internal static string Suffix(this Storage storage) => storage switch
    {
        Storage.Float32 => "",
        Storage.Float16 => "_f16",
        _ => "_bf16",
    };

    /// <summary>What a kernel's name ends in for this layout, after the storage: nothing or _nhwc.</summary>
    internal static string Suffix(this Layout layout) => layout == Layout.Nchw ? "" : "_nhwc";

    /// <summary>What a kernel's name ends in for both, where there are kernels for both.</summary>
    /// <exception cref="ArgumentException">float32 in NHWC, for which there are none.</exception>
    internal static string Suffix(this Storage storage, Layout layout) =>
        storage != Storage.Float32 || layout == Layout.Nchw
            ? storage.Suffix() + layout.Suffix()
            : throw new ArgumentException("there are no kernels for float32 in NHWC: that layout is for 16-bit storage", nameof(layout));
}
