using System.Runtime.InteropServices;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using AlexNetCuda.Simulator.Core;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed unsafe class CublasTests
{
    [Fact]
    public void A_handle_needs_a_context()
    {
        using var core = new QueueCore(new SimulatorOptions()) { Status = CUresult.ErrorInvalidContext };
        Assert.Equal(CublasStatus.NotInitialized, Create(core));
        core.Status = CUresult.ErrorIllegalAddress;
        Assert.Equal(CublasStatus.NotInitialized, Create(core));
        core.Status = CUresult.Success;
        Assert.Equal(CublasStatus.Success, Create(core));
        Assert.Equal(CublasStatus.InvalidValue, new SimulatedCublas(core).Create(null));
    }

    [Fact]
    public void A_handle_is_not_made_while_a_capture_forbids_it()
    {
        using var core = new QueueCore(new SimulatorOptions()) { StreamStatus = CUresult.ErrorStreamCaptureUnsupported };
        Assert.Equal(CublasStatus.AllocFailed, Create(core));
        Assert.Equal(0, core.LiveHandles);
    }

    [Theory]
    [InlineData(120_401, 12_040, 6, 1, CublasStatus.Success)]
    [InlineData(120_401, 13_000, 6, 1, CublasStatus.Success)]
    [InlineData(130_000, 13_000, 6, 1, CublasStatus.ArchMismatch)]
    [InlineData(130_000, 13_000, 7, 5, CublasStatus.Success)]
    [InlineData(130_000, 12_080, 9, 0, CublasStatus.NotInitialized)]
    [InlineData(120_401, 12_040, 3, 7, CublasStatus.ArchMismatch)]
    public void A_library_goes_with_GPUs_and_drivers(int version, int driver, int major, int minor, CublasStatus expected)
    {
        SimulatedGpu gpu = SimulatedGpu.A100 with { Major = major, Minor = minor };
        using var core = new QueueCore(new SimulatorOptions { CublasVersion = version, DriverVersion = driver, Gpus = [gpu] });
        Assert.Equal(expected, Create(core));
    }

    [Fact]
    public void Versions_are_the_options()
    {
        using var fixture = new CublasFixture(new SimulatorOptions { CublasVersion = 120_607 });
        int version, major, minor, patch;
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetVersion(fixture.Handle, &version));
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetVersion(default, &version));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.GetVersion(fixture.Handle, null));
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetProperty(LibraryProperty.MajorVersion, &major));
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetProperty(LibraryProperty.MinorVersion, &minor));
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetProperty(LibraryProperty.PatchLevel, &patch));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.GetProperty(LibraryProperty.PatchLevel, null));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.GetProperty((LibraryProperty)9, &patch));
        Assert.Equal((120_607, 12, 6, 7), (version, major, minor, patch));
    }

    [Fact]
    public void Statuses_have_words()
    {
        using var fixture = new CublasFixture();
        string[] texts = [.. Enum.GetValues<CublasStatus>().Select(status => Marshal.PtrToStringUTF8((nint)fixture.Blas.GetStatusString(status))!)];
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.Contains("the requested functionality is not supported", texts);
        Assert.Equal("unknown status", Marshal.PtrToStringUTF8((nint)fixture.Blas.GetStatusString((CublasStatus)99)));
    }

    [Fact]
    public void A_handle_that_was_given_up_is_refused_and_reported()
    {
        using var fixture = new CublasFixture();
        CublasHandle handle = fixture.Handle;
        Assert.Equal(CublasStatus.Success, fixture.Blas.Destroy(handle));
        Assert.Equal(0, fixture.Core.LiveHandles);
        DeviceMatrix matrix = fixture.Matrix(CudaDataType.R32F, 2, 2);
        int version;
        CublasStatus[] statuses =
        [
            fixture.Blas.Destroy(handle),
            fixture.Blas.SetStream(handle, default),
            fixture.Blas.SetWorkspace(handle, null, 0),
            fixture.Blas.SetMathMode(handle, CublasMath.DefaultMath),
            fixture.Blas.SetAtomicsMode(handle, CublasAtomicsMode.Allowed),
            fixture.Blas.GetVersion(handle, &version),
            fixture.Gemm(matrix, matrix, matrix),
        ];
        Assert.All(statuses, status => Assert.Equal(CublasStatus.NotInitialized, status));
        Assert.Equal(statuses.Length, fixture.Core.Reports.Count);
        Assert.Equal(CublasStatus.NotInitialized, fixture.Blas.SetStream(default, default));
        Assert.Equal(statuses.Length, fixture.Core.Reports.Count);
    }

    [Fact]
    public void Giving_a_handle_up_waits_for_its_work()
    {
        using var fixture = new CublasFixture();
        fixture.SetStream(5);
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4, seed: 1), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        double[,] expected = ExactProduct.Of(a, a, c.Values());
        float before = c[0, 0];
        Assert.Equal(CublasStatus.Success, fixture.Gemm(a, a, c));
        Assert.Equal(before, c[0, 0]);
        Assert.Equal(CublasStatus.Success, fixture.Blas.Destroy(fixture.Handle));
        ExactProduct.AssertNear(expected, c.Values(), 1e-6);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(3 | 16, true)]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(32, false)]
    [InlineData(-1, false)]
    public void Math_modes_are_the_listed_ones(int mode, bool known)
    {
        using var fixture = new CublasFixture();
        Assert.Equal(known ? CublasStatus.Success : CublasStatus.InvalidValue, fixture.Blas.SetMathMode(fixture.Handle, (CublasMath)mode));
    }

    [Fact]
    public void Unknown_atomics_mode_is_invalid()
    {
        using var fixture = new CublasFixture();
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.SetAtomicsMode(fixture.Handle, (CublasAtomicsMode)2));
    }

    [Fact]
    public void A_workspace_is_aligned_written_over_and_forgotten_with_the_stream()
    {
        using var fixture = new CublasFixture();
        const int Bytes = 1 << 16;
        ulong workspace = fixture.Core.Memory.Allocate(Bytes);
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4, seed: 1), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.SetWorkspace(fixture.Handle, (void*)(workspace + 128), 1024));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Blas.SetWorkspace(fixture.Handle, null, 1024));
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetWorkspace(fixture.Handle, null, 0));
        fixture.Product(a, a, c);
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetWorkspace(fixture.Handle, (void*)workspace, Bytes));
        fixture.Gemm(a, a, c);
        MemoryUse use = fixture.Core.Queued[0].Uses[^1];
        Assert.Equal(new MemoryUse(workspace, Bytes, true, true, "workspace"), use);
        fixture.Core.DrainAll();
        Assert.All(fixture.Core.Memory.Read<byte>(workspace, Bytes), value => Assert.Equal(255, value));

        fixture.Core.Memory.Fill(workspace, 1, Bytes);
        fixture.SetStream(0);
        fixture.Product(a, a, c);
        Assert.All(fixture.Core.Memory.Read<byte>(workspace, Bytes), value => Assert.Equal(1, value));
        Assert.Empty(fixture.Core.Reports);
    }

    [Fact]
    public void A_workspace_that_is_not_live_or_holds_operands_is_reported()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        ulong workspace = fixture.Core.Memory.Allocate(1024);
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetWorkspace(fixture.Handle, (void*)workspace, 2048));
        Assert.Contains("not in live device memory", Assert.Single(fixture.Core.Reports), StringComparison.Ordinal);
        fixture.Core.Reports.Clear();
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetWorkspace(fixture.Handle, (void*)a.Allocation, 64));
        fixture.Gemm(a, c, fixture.Matrix(CudaDataType.R32F, 4, 4));
        Assert.Equal("cublasGemmEx: the workspace overlaps A", Assert.Single(fixture.Core.Reports));
    }

    [Fact]
    public void Work_says_what_it_touches()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R16F, 4, 3, padding: 4), b = fixture.Matrix(CudaDataType.R16F, 3, 5);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 4, 5);
        fixture.Gemm(a, b, c);
        fixture.Gemm(a, b, c, beta: 1);
        fixture.Gemm(a, b, c, alpha: 0);
        var readA = new MemoryUse(a.Address, 2 * ((2 * 8) + 4), true, false, "A");
        var readB = new MemoryUse(b.Address, 2 * 15, true, false, "B");
        var writeC = new MemoryUse(c.Address, 4 * 20, false, true, "C");
        Assert.Equal([readA, readB, writeC], fixture.Core.Queued[0].Uses);
        Assert.Equal([readA, readB, writeC with { Reads = true }], fixture.Core.Queued[1].Uses);
        Assert.Equal([writeC], fixture.Core.Queued[2].Uses);
        Assert.All(fixture.Core.Queued, work => Assert.Equal("cublasGemmEx", work.Name));
    }

    [Fact]
    public void Faults_on_purpose_do_nothing_else()
    {
        string[] functions =
        [
            "cublasSetStream_v2", "cublasSetWorkspace_v2", "cublasSetMathMode", "cublasSetAtomicsMode", "cublasGemmEx", "cublasGetVersion_v2",
            "cublasGetProperty", "cublasDestroy_v2",
        ];
        using var fixture = new CublasFixture(new SimulatorOptions
        {
            Faults = [.. functions.Select(function => new InjectedFault(function, 1, (int)CublasStatus.InternalError))],
        });
        DeviceMatrix matrix = fixture.Matrix(CudaDataType.R32F, 2, 2), result = fixture.Matrix(CudaDataType.R32F, 2, 2);
        int value;
        CublasStatus[] statuses =
        [
            fixture.Blas.SetStream(fixture.Handle, default),
            fixture.Blas.SetWorkspace(fixture.Handle, null, 0),
            fixture.Blas.SetMathMode(fixture.Handle, CublasMath.DefaultMath),
            fixture.Blas.SetAtomicsMode(fixture.Handle, CublasAtomicsMode.Allowed),
            fixture.Gemm(matrix, matrix, result),
            fixture.Blas.GetVersion(fixture.Handle, &value),
            fixture.Blas.GetProperty(LibraryProperty.MajorVersion, &value),
            fixture.Blas.Destroy(fixture.Handle),
        ];
        Assert.All(statuses, status => Assert.Equal(CublasStatus.InternalError, status));
        Assert.Empty(fixture.Core.Queued);
        Assert.Equal(1, fixture.Core.LiveHandles);
        Assert.Equal(CublasStatus.Success, fixture.Gemm(matrix, matrix, result));
    }

    [Fact]
    public void A_trace_has_no_addresses()
    {
        using var writer = new StringWriter();
        using var fixture = new CublasFixture(new SimulatorOptions { Trace = writer });
        DeviceMatrix matrix = fixture.Matrix(CudaDataType.R32F, 2, 2);
        fixture.Gemm(matrix, matrix, fixture.Matrix(CudaDataType.R32F, 2, 2));
        Assert.Equal("cublasGemmEx(1, N, N, 2, 2, 2, R32F, 2, R32F, 2, R32F, 2, Compute32f, -1)", fixture.Core.Trace[^1]);
    }

    private static CublasStatus Create(QueueCore core)
    {
        CublasHandle handle;
        return new SimulatedCublas(core).Create(&handle);
    }
}
