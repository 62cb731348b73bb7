using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        var fields = Fields<T>();
        var slots = new Span<nint>(Unsafe.AsPointer(ref table), sizeof(T) / sizeof(nint));
        List<string> missing = [];
        for (var i = 0; i < fields.Length; i++)
        {
            var entry = fields[i].GetCustomAttribute<EntryPointAttribute>()!;
            if (!NativeLibrary.TryGetExport(library.Handle, entry.Name, out slots[i])
                && (entry.Fallback is null || !NativeLibrary.TryGetExport(library.Handle, entry.Fallback, out slots[i]))
                && !entry.Optional)
            {
                missing.Add(entry.Name);
            }
        }

        if (missing.Count > 0)
        {
            throw new EntryPointNotFoundException($"{library.Path} lacks {string.Join(", ", missing)}: it is not the library it is named as, or too old or too new.");
        }
    }

    /// <summary>The names a library lacks, optional ones too.</summary>
    internal static IReadOnlyList<string> Missing<T>(LoadedLibrary library)
        where T : unmanaged =>
        [
            .. from field in Fields<T>()
               let entry = field.GetCustomAttribute<EntryPointAttribute>()
               where !NativeLibrary.TryGetExport(library.Handle, entry.Name, out _)
                   && (entry.Fallback is null || !NativeLibrary.TryGetExport(library.Handle, entry.Fallback, out _))
               select entry.Name,
        ];

    /// <summary>A table's fields in the order of their declaration, which is that of their addresses.</summary>
    internal static FieldInfo[] Fields<T>()
        where T : unmanaged =>
        [.. typeof(T).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken)];
}
