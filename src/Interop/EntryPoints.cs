using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop;

/// <summary>Fills tables of function pointers when a library is loaded, so that a missing function is known then and not in mid-run.</summary>
internal static unsafe class EntryPoints
{
    /// <summary>Fills each field of a table with the address of the function its <see cref="EntryPointAttribute"/> names.</summary>
    /// <param name="library">The loaded library.</param>
    /// <param name="table">A struct of nothing but function pointers, in the order of their declaration.</param>
    /// <exception cref="EntryPointNotFoundException">The library lacks functions that are not optional: the message names each.</exception>
    internal static void Fill<T>(LoadedLibrary library, ref T table)
        where T : unmanaged
    {
        var entries = Of<T>();
        var slots = new Span<nint>(Unsafe.AsPointer(ref table), sizeof(T) / sizeof(nint));
        for (var i = 0; i < entries.Count; i++)
        {
            slots[i] = Address(library, entries[i]);
        }

        var missing = entries.Where(entry => !entry.Optional && !Has(library, entry)).Select(entry => entry.Name).ToArray();
        if (missing.Length > 0)
        {
            throw new EntryPointNotFoundException($"{library.Path} lacks {string.Join(", ", missing)}: it is not the library it is named as, or too old or too new.");
        }
    }

    /// <summary>The functions of a table, in the order of its fields.</summary>
    internal static IReadOnlyList<EntryPointAttribute> Of<T>()
        where T : unmanaged =>
        [.. Fields<T>().Select(field => field.GetCustomAttribute<EntryPointAttribute>()!)];

    /// <summary>Whether a library has a function, or what is taken in its place.</summary>
    internal static bool Has(LoadedLibrary library, EntryPointAttribute entry) => Address(library, entry) != 0;

    /// <summary>A table's fields in the order of their declaration, which is that of their addresses.</summary>
    internal static FieldInfo[] Fields<T>()
        where T : unmanaged =>
        [.. typeof(T).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken)];

    private static nint Address(LoadedLibrary library, EntryPointAttribute entry) =>
        NativeLibrary.TryGetExport(library.Handle, entry.Name, out var address)
            || (entry.Fallback is not null && NativeLibrary.TryGetExport(library.Handle, entry.Fallback, out address))
                ? address
                : 0;
}
