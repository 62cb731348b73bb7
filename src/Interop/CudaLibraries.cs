using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop;

/// <summary>The libraries a CUDA device is built on: the native ones, or others that fulfil the same contracts.</summary>
/// <param name="Driver">The driver API.</param>
/// <param name="Blas">cuBLAS.</param>
/// <param name="BlasLt">cublasLt, or null: products are then finished by our own kernels.</param>
/// <param name="Dnn">cuDNN.</param>
public sealed record CudaLibraries(ICudaDriver Driver, ICublas Blas, ICublasLt? BlasLt, ICudnn Dnn)
{
    /// <summary>
    /// Finds and loads the native libraries: cuBLAS and cuDNN of one CUDA major version that the driver takes, the newest such. They are
    /// looked for in a directory that is given, in the one that the environment variable ALEXNETCUDA_LIBRARIES names, beside the
    /// program, on LD_LIBRARY_PATH or PATH, in the toolkit's and pip's usual places, and by the system's loader.
    /// </summary>
    /// <param name="directory">A directory to look in (and below it) first, or null.</param>
    /// <exception cref="LibraryLoadException">One is missing: the message lists, for all that are, what was tried, found and what to install.</exception>
    public static CudaLibraries Load(string? directory = null) => Load(new ProbeRequest { Directory = directory });

    /// <summary>Looks for the native libraries as <see cref="Load(string?)"/> does, and for NVRTC, and says what came of it. Does not throw.</summary>
    /// <param name="directory">A directory to look in (and below it) first, or null.</param>
    public static CudaLibrariesReport Probe(string? directory = null) => Search(new ProbeRequest { Directory = directory }).Report;

    /// <summary>Looks as <see cref="Probe(string?)"/> does, and loads what serves even where others lack: to examine a machine. Does not throw.</summary>
    /// <param name="directory">A directory to look in (and below it) first, or null.</param>
    public static FoundCudaLibraries Find(string? directory = null) => Find(new ProbeRequest { Directory = directory });

    internal static FoundCudaLibraries Find(ProbeRequest request)
    {
        var found = Search(request);
        NvrtcLibrary? nvrtc = null;
        string? problem = null;
        try
        {
            nvrtc = found.Nvrtc is null ? null : new NvrtcLibrary(found.Nvrtc);
        }
        catch (NvrtcException e)
        {
            problem = e.Message;
        }

        return new FoundCudaLibraries(
            found.Report,
            found.Driver is null ? null : new NativeCudaDriver(found.Driver),
            found.Blas is null ? null : new NativeCublas(found.Blas),
            found.BlasLt is null ? null : new NativeCublasLt(found.BlasLt),
            found.Dnn is null ? null : new NativeCudnn(found.Dnn),
            nvrtc)
        {
            NvrtcProblem = problem,
        };
    }

    internal static CudaLibraries Load(ProbeRequest request)
    {
        var found = Search(request);
        if (!found.Report.IsUsable)
        {
            throw new LibraryLoadException(found.Report.Driver, found.Report.Blas, found.Report.Dnn);
        }

        return new CudaLibraries(
            new NativeCudaDriver(found.Driver!),
            new NativeCublas(found.Blas!),
            found.BlasLt is null ? null : new NativeCublasLt(found.BlasLt),
            new NativeCudnn(found.Dnn!));
    }

    internal static CudaLibrariesReport Probe(ProbeRequest request) => Search(request).Report;

    private static Found Search(ProbeRequest request)
    {
        var (driverReport, driver) = LibraryProbe.Find(CudaLibraryDescriptions.Driver, request);
        request = request with { DriverTakes = driverReport.Taken?.CudaVersion };
        var (nvrtcReport, nvrtc) = LibraryProbe.Find(CudaLibraryDescriptions.Nvrtc, request);

        // cuBLAS alone may be there for a CUDA version for which cuDNN is not: a version counts as a whole.
        foreach (var major in CudaLibraryDescriptions.CudaMajors.Where(major => request.DriverTakes is null || major <= request.DriverTakes.Major))
        {
            var found = Together(request with { CudaMajor = major });
            if (found.Blas is not null && found.Dnn is not null)
            {
                return found;
            }
        }

        return Together(request);

        Found Together(ProbeRequest wanted)
        {
            var (blasReport, blas) = LibraryProbe.Find(CudaLibraryDescriptions.Cublas, wanted);
            wanted = wanted with { CudaMajor = blasReport.Taken?.CudaVersion?.Major ?? wanted.CudaMajor };
            var near = blas is not null && Path.IsPathRooted(blas.Path) ? Path.GetDirectoryName(blas.Path) : null;
            var (ltReport, lt) = LibraryProbe.Find(CudaLibraryDescriptions.CublasLt, wanted with { Near = near });
            var (dnnReport, dnn) = LibraryProbe.Find(CudaLibraryDescriptions.Cudnn, wanted);
            return new Found(new CudaLibrariesReport(driverReport, blasReport, ltReport, dnnReport, nvrtcReport), driver, blas, lt, dnn, nvrtc);
        }
    }

    private sealed record Found(
        CudaLibrariesReport Report, LoadedLibrary? Driver, LoadedLibrary? Blas, LoadedLibrary? BlasLt, LoadedLibrary? Dnn, LoadedLibrary? Nvrtc);
}
