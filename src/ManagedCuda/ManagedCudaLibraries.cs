using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using AlexNetCuda.Interop;
using ManagedCuda;
using ManagedCuda.CudaBlas;

namespace AlexNetCuda.ManagedCuda;

/// <summary>
/// The libraries of a CUDA device, with the driver and cuBLAS called through ManagedCuda. cuDNN stays with the binding of this project, for
/// ManagedCuda has none for CUDA 12; cublasLt it does not bind at all, so that products are finished by our own kernels.
/// </summary>
public static class ManagedCudaLibraries
{
    /// <summary>A launch needs the number of the kernel's parameters, which drivers tell from this CUDA version on.</summary>
    private static readonly Version s_leastCuda = new(12, 4);

    /// <summary>Where the search of this project found what ManagedCuda asks for by names that need not exist.</summary>
    private static readonly ConcurrentDictionary<string, string> s_found = new(StringComparer.Ordinal);

    private static readonly Lock s_lock = new();
    private static bool s_listening;

    /// <summary>
    /// Finds the native libraries as <see cref="CudaLibraries.Load(string?)"/> does, and gives the driver and cuBLAS as ManagedCuda calls
    /// them. ManagedCuda asks the system's loader by names of its own first (nvcuda, libcuda, cublas64_12, libcublas); only what that does
    /// not find is taken from where the search found it. The first call in a process decides.
    /// </summary>
    /// <param name="directory">A directory to look in (and below it) first, or null.</param>
    /// <exception cref="LibraryLoadException">A library is missing: the message lists, for all that are, what was tried, found and what to install.</exception>
    /// <exception cref="NotSupportedException">The driver is older than CUDA 12.4.</exception>
    /// <exception cref="EntryPointNotFoundException">The library that ManagedCuda found is too old or too new for it.</exception>
    public static CudaLibraries Create(string? directory = null)
    {
        var found = CudaLibraries.Find(directory);
        var report = found.Report;
        if (!report.IsUsable)
        {
            throw new LibraryLoadException(report.Driver, report.Blas, report.Dnn);
        }

        var driver = report.Driver.Taken!;
        if (driver.CudaVersion < s_leastCuda)
        {
            throw new NotSupportedException(
                $"The driver at {driver.Path} takes CUDA {driver.CudaVersion}; through ManagedCuda, kernels can be launched from CUDA {s_leastCuda} on "
                + "(driver 550 or newer). CudaLibraries.Load takes older drivers.");
        }

        Bind(driver.Path, report.Blas.Taken!.Path);
        return new CudaLibraries(new ManagedCudaDriver(), new ManagedCudaCublas(), BlasLt: null, found.Dnn!);
    }

    /// <summary>Lets ManagedCuda find its libraries, and sees now, not in mid-run, whether it does.</summary>
    internal static void Bind(string driver, string? blas)
    {
        lock (s_lock)
        {
            s_found["nvcuda"] = s_found["libcuda"] = driver;
            if (blas is not null) s_found["cublas64_12"] = s_found["cublas"] = blas;
            if (!s_listening)
            {
                // ManagedCuda sets the resolver of its assemblies itself, and there is but one: this event comes after it.
                Listen(typeof(DriverAPINativeMethods));
                Listen(typeof(CudaBlasNativeMethods));
                s_listening = true;
            }
        }

        RuntimeHelpers.RunClassConstructor(typeof(DriverAPINativeMethods).TypeHandle);
        Marshal.Prelink(typeof(DriverAPINativeMethods).GetMethod(nameof(DriverAPINativeMethods.cuInit))!);
        if (blas is null) return;
        RuntimeHelpers.RunClassConstructor(typeof(CudaBlasNativeMethods).TypeHandle);
        Marshal.Prelink(typeof(CudaBlasNativeMethods).GetMethod(nameof(CudaBlasNativeMethods.cublasCreate_v2))!);
    }

    private static void Listen(Type type)
    {
        var context = AssemblyLoadContext.GetLoadContext(type.Assembly)!;
        context.ResolvingUnmanagedDll -= Resolve;   // both assemblies have the same context, as a rule
        context.ResolvingUnmanagedDll += Resolve;
    }

    private static nint Resolve(System.Reflection.Assembly assembly, string name) =>
        s_found.TryGetValue(name, out var path) && NativeLibrary.TryLoad(path, out var library) ? library : 0;
}
