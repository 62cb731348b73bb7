using System.Text;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>
/// cuDNN 8.9 or 9 without a GPU: says what the documentation of the version says, and computes by plain loops. What the real
/// library does not notice (memory that is gone, operands that overlap) is reported.
/// </summary>
/// <remarks>
/// Split by concern: this file has the library and its handles. Statuses are those that both versions have; a failure's words
/// are kept for cudnnGetLastErrorString, of the thread as there.
/// </remarks>
internal sealed unsafe partial class SimulatedCudnn(ISimulatorCore core) : ICudnn
{
    [ThreadStatic]
    private static string? _lastError;

    private int _runs;

    private int Version => core.Options.CudnnVersion;

    public nuint GetVersion() => core.Fails("cudnnGetVersion", "", out _) ? 0 : (nuint)Version;

    public nuint GetCudartVersion() => core.Fails("cudnnGetCudartVersion", "", out _) ? 0 : (nuint)LibraryFacts.CudartVersion(Version);

    public nuint GetMaxDeviceVersion() =>
        core.Fails("cudnnGetMaxDeviceVersion", "", out _) ? 0 : (nuint)(10 * LibraryFacts.NewestArchitecture(Version));

    public byte* GetErrorString(CudnnStatus status)
    {
        core.Fails("cudnnGetErrorString", $"{status}", out _);
        return (byte*)StatusNames.Text(status, LibraryFacts.IsVersion8(Version));
    }

    public void GetLastErrorString(byte* message, nuint bytes)
    {
        core.Fails("cudnnGetLastErrorString", "", out _);
        if (bytes == 0 || message is null) return;
        // Not in cuDNN 8, where the native implementation leaves the message empty too. Reading it clears it.
        string text = LibraryFacts.IsVersion8(Version) ? "" : _lastError ?? "";
        _lastError = null;
        var target = new Span<byte>(message, (int)Math.Min(bytes, int.MaxValue));
        Encoding.UTF8.TryGetBytes(text.AsSpan(0, Math.Min(text.Length, target.Length - 1)), target, out int written);
        target[written] = 0;
    }

    public CudnnStatus Create(CudnnHandle* handle)
    {
        if (core.Fails("cudnnCreate", "", out int injected)) return Injected("cudnnCreate", injected);
        if (handle is null) return Bad("handle is null");
        CUresult result = core.Current(out SimulatedGpu? gpu);
        if (result != CUresult.Success || gpu is null)
            return Fail(CudnnStatus.NotInitialized, $"cudnnCreate: the driver has no usable context: {result}");
        if (!LibraryFacts.Runs(Version, gpu.Architecture))
        {
            return Fail(
                CudnnStatus.NotSupportedArchMismatch,
                $"cudnnCreate: this cuDNN does not know compute capability {gpu.Major}.{gpu.Minor} of {gpu.Name}");
        }

        *handle = new CudnnHandle(core.NewHandle("cudnnHandle_t", new HandleState(gpu)));
        return CudnnStatus.Success;
    }

    public CudnnStatus Destroy(CudnnHandle handle)
    {
        if (core.Fails("cudnnDestroy", Traced(handle.Value), out int injected)) return Injected("cudnnDestroy", injected);
        if (Find<HandleState>("cudnnDestroy", handle.Value, "handle") is not { } state) return CudnnStatus.BadParam;
        // Implicitly synchronises; a handle is gone even where the context is lost.
        core.Drain(state.Stream);
        core.Release<HandleState>(handle.Value);
        return CudnnStatus.Success;
    }

    public CudnnStatus SetStream(CudnnHandle handle, CUstream stream)
    {
        if (core.Fails("cudnnSetStream", Traced([handle.Value], HandleTable.Number(stream.Value)), out int injected)) return Injected("cudnnSetStream", injected);
        if (Find<HandleState>("cudnnSetStream", handle.Value, "handle") is not { } state) return CudnnStatus.BadParam;
        state.Stream = stream;
        return CudnnStatus.Success;
    }

    private static CudnnStatus Fail(CudnnStatus status, string message)
    {
        _lastError = message;
        return status;
    }

    private static CudnnStatus Bad(string message) => Fail(CudnnStatus.BadParam, message);

    private static CudnnStatus Injected(string function, int status) => Fail((CudnnStatus)status, $"{function}: fails on purpose");

    /// <summary>The object behind a handle or descriptor; null, with the words set and a use after its end reported, where there is none.</summary>
    private T? Find<T>(string function, nint handle, string parameter)
        where T : class
    {
        if (core.Find<T>(handle) is { } state) return state;
        Bad($"{function}: {parameter} is {(handle == 0 ? "null" : "no such object, or one that was destroyed")}");
        // The real library would read freed memory.
        if (handle != 0) core.Report($"{function}: {parameter} was destroyed, or is of another kind");
        return null;
    }

    /// <summary>What every call on the GPU needs: a live handle and a context without a fault.</summary>
    private HandleState? Enter(string function, CudnnHandle handle, out CudnnStatus status)
    {
        status = CudnnStatus.BadParam;
        if (Find<HandleState>(function, handle.Value, "handle") is not { } state) return null;
        CUresult result = core.Current(out _);
        if (result == CUresult.Success) return state;
        status = Fail(CudnnStatus.ExecutionFailed, $"{function}: the driver says {result}");
        return null;
    }

    private Platform PlatformOf(HandleState handle) => new(Version, handle.Gpu.Architecture, core.Options.Tf32Override != false);
}
