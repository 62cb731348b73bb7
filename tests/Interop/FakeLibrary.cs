using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Interop.Tests;

/// <summary>C sources of libraries that have a real library's functions, all of which do nothing, and tell a version.</summary>
internal static class FakeLibrary
{
    internal static string Driver(int version, int status = 0) =>
        Source<CudaDriverTable>(("cuDriverGetVersion", $"int cuDriverGetVersion(int* v) {{ *v = {version}; return {status}; }}"));

    internal static string Cublas(int major, int minor = 4) => Source<CublasTable>(("cublasGetProperty", Property("cublasGetProperty", major, minor)));

    internal static string CublasLt(int major, int minor = 4) => Source<CublasLtTable>(("cublasLtGetProperty", Property("cublasLtGetProperty", major, minor)));

    internal static string Cudnn(int version, int cuda) => Source<CudnnTable>(
        ("cudnnGetVersion", $"unsigned long cudnnGetVersion(void) {{ return {version}; }}"),
        ("cudnnGetCudartVersion", $"unsigned long cudnnGetCudartVersion(void) {{ return {cuda}; }}"));

    internal static string Nvrtc(int major, int minor) =>
        Source<NvrtcTable>(("nvrtcVersion", $"int nvrtcVersion(int* a, int* b) {{ *a = {major}; *b = {minor}; return 0; }}"));

    /// <summary>Every function of a table returns 0, but for those that are given; an empty text leaves one out.</summary>
    internal static string Source<T>(params (string Name, string Text)[] others)
        where T : unmanaged => string.Join('\n', EntryPoints.Of<T>().Select(entry =>
            others.Any(other => other.Name == entry.Name) ? others.First(other => other.Name == entry.Name).Text : $"long {entry.Name}(void) {{ return 0; }}"));

    private static string Property(string name, int major, int minor) =>
        $"int {name}(int part, int* v) {{ *v = part == 0 ? {major} : part == 1 ? {minor} : 5; return 0; }}";
}
