namespace AlexNetCuda.Interop;

/// <summary>A part of a library's version.</summary>
[NativeEnum("libraryPropertyType_t", "")]
public enum LibraryProperty
{
    /// <summary><c>MAJOR_VERSION</c>.</summary>
    MajorVersion = 0,

    /// <summary><c>MINOR_VERSION</c>.</summary>
    MinorVersion = 1,

    /// <summary><c>PATCH_LEVEL</c>.</summary>
    PatchLevel = 2,
}
