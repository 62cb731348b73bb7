using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Nvtx;

/// <summary>
/// What the C headers of NVTX 3 compile into every program that uses them: slots for the functions of a profiler, one set a process, and the
/// way a profiler's library gets at them. The library is loaded, its InitializeInjectionNvtx2 gets a function that hands out the
/// tables below, and it writes its own functions into the slots it cares for.
/// </summary>
internal static unsafe class NvtxSlots
{
    // Numbers of nvtxTypes.h.
    private const uint TableOfCallbacks = 1, TableOfVersion = 3, HeaderVersion = 3;
    private const int ModuleCore = 1, RangePushA = 9, RangePop = 11;

    // How many numbers each module has, from NVTX_CB_MODULE_CORE on: CORE, CUDA, OPENCL, CUDART, CORE2, SYNC. 0 is none of them.
    private static readonly int[] s_sizes = [16, 9, 15, 7, 16, 7];

    // For each module its table: the addresses of its slots by number, none for 0, and one more none at the end.
    private static readonly nint[] s_tables = [.. s_sizes.Select(MakeTable)];

    private static readonly NvtxExportTableCallbacks* s_callbacks = MakeCallbacks();
    private static readonly NvtxExportTableVersionInfo* s_version = MakeVersion();

    /// <summary>Loads a profiler's library and lets it fill the slots.</summary>
    /// <returns>Why there is no profiler, or null where there is one that listens to ranges.</returns>
    internal static string? Attach(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return "NVTX_INJECTION64_PATH is not set";
        }

        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return $"NVTX_INJECTION64_PATH names {path}, which does not load: {e.Message}";
        }

        if (!NativeLibrary.TryGetExport(library, "InitializeInjectionNvtx2", out var initialize))
        {
            NativeLibrary.Free(library);
            return $"NVTX_INJECTION64_PATH names {path}, which lacks InitializeInjectionNvtx2";
        }

        if (((delegate* unmanaged<delegate* unmanaged<uint, void*>, int>)initialize)(&GetExportTable) == 0)
        {
            NativeLibrary.Free(library);
            return $"{path} could not be initialised";
        }

        return Slot(RangePushA) == 0 || Slot(RangePop) == 0 ? $"{path} does not listen to ranges" : null;
    }

    /// <summary>Begins a range of the calling thread; only where <see cref="Attach"/> gave null.</summary>
    internal static void Push(byte* name) => ((delegate* unmanaged<byte*, int>)Slot(RangePushA))(name);

    /// <summary>Ends the calling thread's innermost range.</summary>
    internal static void Pop() => ((delegate* unmanaged<int>)Slot(RangePop))();

    private static nint Slot(int number) => *((nint**)s_tables[ModuleCore - 1])[number];

    [UnmanagedCallersOnly]
    private static void* GetExportTable(uint table) => table switch
    {
        TableOfCallbacks => s_callbacks,
        TableOfVersion => s_version,
        _ => null,
    };

    [UnmanagedCallersOnly]
    private static int GetModuleFunctionTable(int module, nint*** table, uint* size)
    {
        if (module < ModuleCore || module > s_sizes.Length)
        {
            return 0;
        }

        if (table is not null)
        {
            *table = (nint**)s_tables[module - 1];
        }

        if (size is not null)
        {
            *size = (uint)s_sizes[module - 1];
        }

        return 1;
    }

    [UnmanagedCallersOnly]
    private static void SetInjectionVersion(uint version)
    {
        // For emergencies, says the header: there has been none.
    }

    // Native memory that stays: profilers keep the addresses.
    private static nint MakeTable(int size)
    {
        var slots = (nint*)NativeMemory.AllocZeroed((nuint)size, (nuint)sizeof(nint));
        var table = (nint**)NativeMemory.AllocZeroed((nuint)size + 1, (nuint)sizeof(nint*));
        for (var number = 1; number < size; number++)
        {
            table[number] = slots + number;
        }

        return (nint)table;
    }

    private static NvtxExportTableCallbacks* MakeCallbacks()
    {
        var table = (NvtxExportTableCallbacks*)NativeMemory.AllocZeroed((nuint)sizeof(NvtxExportTableCallbacks));
        table->StructSize = (nuint)sizeof(NvtxExportTableCallbacks);
        table->GetModuleFunctionTable = &GetModuleFunctionTable;
        return table;
    }

    private static NvtxExportTableVersionInfo* MakeVersion()
    {
        var table = (NvtxExportTableVersionInfo*)NativeMemory.AllocZeroed((nuint)sizeof(NvtxExportTableVersionInfo));
        table->StructSize = (nuint)sizeof(NvtxExportTableVersionInfo);
        table->Version = HeaderVersion;
        table->SetInjectionNvtxVersion = &SetInjectionVersion;
        return table;
    }
}
