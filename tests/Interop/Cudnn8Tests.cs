using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Probing;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>cuDNN 8 numbers its statuses otherwise than cuDNN 9: callers see those of cuDNN 9 alone.</summary>
public sealed unsafe class Cudnn8Tests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(Cudnn8Status.Success, CudnnStatus.Success)]
    [InlineData(Cudnn8Status.NotInitialized, CudnnStatus.NotInitialized)]
    [InlineData(Cudnn8Status.AllocFailed, CudnnStatus.InternalErrorHostAllocationFailed)]
    [InlineData(Cudnn8Status.BadParam, CudnnStatus.BadParam)]
    [InlineData(Cudnn8Status.InternalError, CudnnStatus.InternalError)]
    [InlineData(Cudnn8Status.InvalidValue, CudnnStatus.InvalidValue)]
    [InlineData(Cudnn8Status.ArchMismatch, CudnnStatus.NotSupportedArchMismatch)]
    [InlineData(Cudnn8Status.MappingError, CudnnStatus.InternalErrorTextureCreationFailed)]
    [InlineData(Cudnn8Status.ExecutionFailed, CudnnStatus.ExecutionFailed)]
    [InlineData(Cudnn8Status.NotSupported, CudnnStatus.NotSupported)]
    [InlineData(Cudnn8Status.LicenseError, CudnnStatus.LicenseError)]
    [InlineData(Cudnn8Status.RuntimePrerequisiteMissing, CudnnStatus.NotSupportedRuntimePrerequisiteMissing)]
    [InlineData(Cudnn8Status.RuntimeInProgress, CudnnStatus.RuntimeInProgress)]
    [InlineData(Cudnn8Status.RuntimeFpOverflow, CudnnStatus.RuntimeFpOverflow)]
    [InlineData(Cudnn8Status.VersionMismatch, CudnnStatus.SublibraryVersionMismatch)]
    [InlineData((Cudnn8Status)15, (CudnnStatus)15)]
    [InlineData((Cudnn8Status)(-1), (CudnnStatus)(-1))]
    public void A_status_of_cudnn_8_has_the_meaning_it_has_in_cudnn_9(Cudnn8Status old, CudnnStatus status) =>
        Assert.Equal(status, Cudnn8Statuses.ToCudnn9(old));

    [Fact]
    public void Every_status_comes_back_as_itself_or_as_its_category()
    {
        Assert.All(Enum.GetValues<Cudnn8Status>(), old => Assert.Equal(old, Cudnn8Statuses.FromCudnn9(Cudnn8Statuses.ToCudnn9(old))));
        Assert.Equal(Cudnn8Status.NotSupported, Cudnn8Statuses.FromCudnn9(CudnnStatus.NotSupportedShape));
        Assert.Equal(Cudnn8Status.BadParam, Cudnn8Statuses.FromCudnn9(CudnnStatus.BadParamOutOfBound));
        Assert.Equal(Cudnn8Status.ExecutionFailed, Cudnn8Statuses.FromCudnn9(CudnnStatus.ExecutionFailedCublas));
        Assert.Equal(Cudnn8Status.InternalError, Cudnn8Statuses.FromCudnn9(CudnnStatus.InternalErrorCompilationFailed));
        Assert.Equal(Cudnn8Status.NotInitialized, Cudnn8Statuses.FromCudnn9(CudnnStatus.SublibraryLoadingFailed));
    }

    [Theory]
    [InlineData(8907, 9, CudnnStatus.NotSupported)]
    [InlineData(90100, 3000, CudnnStatus.NotSupported)]
    [InlineData(90100, 9, (CudnnStatus)9)]
    public void Every_function_translates_by_the_librarys_version(int version, int answer, CudnnStatus expected)
    {
        var native = Load(version, answer);
        CudnnHandle handle;
        Assert.Equal(expected, native.Create(&handle));
        Assert.Equal(expected, native.SetStream(handle, default));
        int count;
        Assert.Equal(expected, native.GetConvolutionForwardAlgorithmMaxCount(handle, &count));
        Assert.Equal(expected, native.ConvolutionBackwardFilter(handle, null, default, null, default, null, default, default, null, 0, null, default, null));

        // What a failed call left in its results is nobody's to read: the count would be garbage.
        Assert.Equal(expected, native.GetConvolutionForwardAlgorithms(handle, default, default, default, default, 3, null, null));
        Assert.Equal(answer == 9 && version < 90000 ? 9 : (int)expected, *(int*)native.GetErrorString(expected));
    }

    [Fact]
    public void The_statuses_within_the_lists_of_algorithms_are_translated_too()
    {
        var native = Load(8907, 0);
        int returned;
        var forward = stackalloc CudnnConvolutionFwdAlgoPerf[3];
        var data = stackalloc CudnnConvolutionBwdDataAlgoPerf[3];
        var filter = stackalloc CudnnConvolutionBwdFilterAlgoPerf[3];
        for (var find = 0; find < 2; find++)
        {
            new Span<byte>(forward, 3 * sizeof(CudnnConvolutionFwdAlgoPerf)).Fill(9);
            Assert.Equal(CudnnStatus.Success, find == 0
                ? native.GetConvolutionForwardAlgorithms(default, default, default, default, default, 3, &returned, forward)
                : native.FindConvolutionForwardAlgorithm(default, default, null, default, null, default, default, null, 3, &returned, forward, null, 0));
            Check(forward[0].Status, forward[1].Status, (int)forward[2].Status, returned);
            new Span<byte>(data, 3 * sizeof(CudnnConvolutionBwdDataAlgoPerf)).Fill(9);
            Assert.Equal(CudnnStatus.Success, find == 0
                ? native.GetConvolutionBackwardDataAlgorithms(default, default, default, default, default, 3, &returned, data)
                : native.FindConvolutionBackwardDataAlgorithm(default, default, null, default, null, default, default, null, 3, &returned, data, null, 0));
            Check(data[0].Status, data[1].Status, (int)data[2].Status, returned);
            new Span<byte>(filter, 3 * sizeof(CudnnConvolutionBwdFilterAlgoPerf)).Fill(9);
            Assert.Equal(CudnnStatus.Success, find == 0
                ? native.GetConvolutionBackwardFilterAlgorithms(default, default, default, default, default, 3, &returned, filter)
                : native.FindConvolutionBackwardFilterAlgorithm(default, default, null, default, null, default, default, null, 3, &returned, filter, null, 0));
            Check(filter[0].Status, filter[1].Status, (int)filter[2].Status, returned);
        }
    }

    private static void Check(CudnnStatus first, CudnnStatus second, int unwritten, int returned)
    {
        Assert.Equal(2, returned);
        Assert.Equal(CudnnStatus.Success, first);
        Assert.Equal(CudnnStatus.InternalErrorHostAllocationFailed, second);
        Assert.Equal(0x09090909, unwritten);
    }

    // Every function answers with one status; those that list algorithms list one that works and one for which memory ran out.
    private NativeCudnn Load(int version, int answer)
    {
        var lists = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GetConvolutionForwardAlgorithm_v7"] = "void* h, void* a, void* b, void* c, void* d, int n, int* returned, int* results",
            ["GetConvolutionBackwardDataAlgorithm_v7"] = "void* h, void* a, void* b, void* c, void* d, int n, int* returned, int* results",
            ["GetConvolutionBackwardFilterAlgorithm_v7"] = "void* h, void* a, void* b, void* c, void* d, int n, int* returned, int* results",
            ["FindConvolutionForwardAlgorithmEx"] = "void* h, void* a, void* b, void* c, void* d, void* e, void* f, void* g, int n, int* returned, int* results",
            ["FindConvolutionBackwardDataAlgorithmEx"] = "void* h, void* a, void* b, void* c, void* d, void* e, void* f, void* g, int n, int* returned, int* results",
            ["FindConvolutionBackwardFilterAlgorithmEx"] = "void* h, void* a, void* b, void* c, void* d, void* e, void* f, void* g, int n, int* returned, int* results",
        };
        var functions = EntryPoints.Fields<CudnnTable>()
            .Select(field => (EntryPointAttribute)field.GetCustomAttributes(typeof(EntryPointAttribute), inherit: false)[0])
            .Select(entry => entry.Name["cudnn".Length..])
            .Where(name => name is not ("GetVersion" or "GetErrorString"));
        var source = $"unsigned long cudnnGetVersion(void) {{ return {version}; }} int shown; int* cudnnGetErrorString(int s) {{ shown = s; return &shown; }}\n"
            + string.Concat(functions.Select(name => lists.TryGetValue(name, out var parameters)
                ? $"int cudnn{name}({parameters}) {{ if ({answer}) return {answer}; *returned = 2; results[1] = 0; results[13] = 2; return 0; }}\n"
                : $"int cudnn{name}(void) {{ return {answer}; }}\n"));
        var path = NativeCode.BuildOrSkip(_folder.FullName, $"libcudnn_{version}_{answer}.so", source);
        return new NativeCudnn(new LoadedLibrary(NativeLibrary.Load(path), path));
    }
}
