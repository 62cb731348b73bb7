using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed unsafe class LtDescriptorTests
{
    [Fact]
    public void A_handle_needs_a_context_and_descriptions_do_not()
    {
        using var core = new QueueCore(new SimulatorOptions()) { Status = CUresult.ErrorInvalidContext };
        var blas = new SimulatedCublasLt(core);
        CublasLtHandle handle;
        CublasLtMatmulDesc description;
        CublasLtMatrixLayout layout;
        CublasLtMatmulPreference preference;
        Assert.Equal(CublasStatus.NotInitialized, blas.Create(&handle));
        Assert.Equal(CublasStatus.InvalidValue, blas.Create(null));
        Assert.Equal(CublasStatus.Success, blas.MatmulDescCreate(&description, CublasComputeType.Compute32f, CudaDataType.R32F));
        Assert.Equal(CublasStatus.Success, blas.MatrixLayoutCreate(&layout, CudaDataType.R32F, 2, 2, 2));
        Assert.Equal(CublasStatus.Success, blas.MatmulPreferenceCreate(&preference));
        core.Status = CUresult.Success;
        Assert.Equal(CublasStatus.Success, blas.Create(&handle));
        Assert.Equal(4, core.LiveHandles);
        Assert.Equal(CublasStatus.Success, blas.Destroy(handle));
        Assert.Equal(CublasStatus.Success, blas.MatmulDescDestroy(description));
        Assert.Equal(CublasStatus.Success, blas.MatrixLayoutDestroy(layout));
        Assert.Equal(CublasStatus.Success, blas.MatmulPreferenceDestroy(preference));
        Assert.Equal(0, core.LiveHandles);
        Assert.Empty(core.Reports);
        Assert.Equal(CublasStatus.NotInitialized, blas.Destroy(handle));
        Assert.Equal(CublasStatus.InvalidValue, blas.MatmulDescDestroy(description));
        Assert.Equal(CublasStatus.InvalidValue, blas.MatrixLayoutDestroy(layout));
        Assert.Equal(CublasStatus.InvalidValue, blas.MatmulPreferenceDestroy(preference));
        Assert.Equal(4, core.Reports.Count);
    }

    [Fact]
    public void Versions_are_the_options()
    {
        using var fixture = new LtFixture(new SimulatorOptions { CublasVersion = 120_607 });
        int part;
        Assert.Equal((nuint)120_607, fixture.Blas.GetVersion());
        Assert.Equal((nuint)12_060, fixture.Blas.GetCudartVersion());
        Assert.Equal(CublasStatus.Success, fixture.Blas.GetProperty(LibraryProperty.PatchLevel, &part));
        Assert.Equal(7, part);
        Assert.Equal((nint)BlasLibrary.Text(CublasStatus.NotSupported), (nint)fixture.Blas.GetStatusString(CublasStatus.NotSupported));
    }

    [Theory]
    [InlineData((int)CublasLtMatmulDescAttribute.TransA, 4)]
    [InlineData((int)CublasLtMatmulDescAttribute.TransB, 4)]
    [InlineData((int)CublasLtMatmulDescAttribute.Epilogue, 4)]
    [InlineData((int)CublasLtMatmulDescAttribute.BiasPointer, 8)]
    [InlineData((int)CublasLtMatmulDescAttribute.BiasDataType, 4)]
    [InlineData(2, 0)]
    [InlineData(99, 0)]
    public void A_product_s_attributes_have_exact_sizes(int attribute, int size)
    {
        using var fixture = new LtFixture();
        long value = 0;
        for (nuint bytes = 0; bytes <= 9; bytes++)
        {
            CublasStatus expected = size > 0 && bytes == (nuint)size ? CublasStatus.Success : CublasStatus.InvalidValue;
            Assert.Equal(expected, Set(&value, bytes));
        }

        Assert.Equal(CublasStatus.InvalidValue, Set(null, (nuint)size));

        CublasStatus Set(void* from, nuint bytes) =>
            fixture.Blas.MatmulDescSetAttribute(fixture.Description, (CublasLtMatmulDescAttribute)attribute, from, bytes);
    }

    [Theory]
    [InlineData((int)CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 8)]
    [InlineData((int)CublasLtMatmulPreferenceAttribute.ReductionSchemeMask, 4)]
    [InlineData((int)CublasLtMatmulPreferenceAttribute.MinAlignmentABytes, 4)]
    [InlineData((int)CublasLtMatmulPreferenceAttribute.MinAlignmentDBytes, 4)]
    [InlineData(4, 0)]
    [InlineData(9, 0)]
    public void A_preference_s_attributes_have_exact_sizes(int attribute, int size)
    {
        using var fixture = new LtFixture();
        long value = 16;
        for (nuint bytes = 0; bytes <= 9; bytes++)
        {
            CublasStatus expected = size > 0 && bytes == (nuint)size ? CublasStatus.Success : CublasStatus.InvalidValue;
            Assert.Equal(expected, Set(&value, bytes));
        }

        Assert.Equal(CublasStatus.InvalidValue, Set(null, (nuint)size));

        CublasStatus Set(void* from, nuint bytes) =>
            fixture.Blas.MatmulPreferenceSetAttribute(fixture.Preference, (CublasLtMatmulPreferenceAttribute)attribute, from, bytes);
    }

    public static TheoryData<string, CublasStatus> Misfits() => new()
    {
        { "rows of D", CublasStatus.InvalidValue },
        { "columns of C", CublasStatus.InvalidValue },
        { "depth", CublasStatus.InvalidValue },
        { "leading dimension", CublasStatus.InvalidValue },
        { "empty", CublasStatus.InvalidValue },
        { "operation", CublasStatus.InvalidValue },
        { "layout", CublasStatus.InvalidValue },
        { "description", CublasStatus.InvalidValue },
        { "preference", CublasStatus.InvalidValue },
        { "C's type", CublasStatus.NotSupported },
        { "compute type", CublasStatus.NotSupported },
        { "scale type", CublasStatus.NotSupported },
        { "bias type", CublasStatus.NotSupported },
        { "epilogue", CublasStatus.NotSupported },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_does_not_fit_is_found_when_it_is_used(string what, CublasStatus expected)
    {
        using var fixture = new LtFixture();
        switch (what)
        {
            case "rows of D":
                fixture.LayoutD = fixture.Layout(CudaDataType.R32F, 23, 16, 24);
                break;
            case "columns of C":
                fixture.LayoutC = fixture.Layout(CudaDataType.R32F, 24, 15, 24);
                break;
            case "depth":
                fixture.LayoutB = fixture.Layout(CudaDataType.R32F, 39, 16, 40);
                break;
            case "leading dimension":
                fixture.LayoutA = fixture.Layout(CudaDataType.R32F, 24, 40, 23);
                break;
            case "empty":
                fixture.LayoutA = fixture.Layout(CudaDataType.R32F, 24, 0, 24);
                fixture.LayoutB = fixture.Layout(CudaDataType.R32F, 0, 16, 1);
                break;
            case "operation":
                fixture.Set(CublasLtMatmulDescAttribute.TransA, 5);
                break;
            case "layout":
                fixture.LayoutA = default;
                break;
            case "description":
                fixture.Description = default;
                break;
            case "preference":
                fixture.Preference = default;
                break;
            case "C's type":
                fixture.LayoutC = fixture.Layout(CudaDataType.R16F, 24, 16, 24);
                break;
            case "compute type":
                fixture.Description = fixture.Describe((CublasComputeType)64);
                break;
            case "scale type":
                fixture.Description = fixture.Describe(CublasComputeType.Compute32f, CudaDataType.R16F);
                break;
            case "bias type":
                fixture.SetEpilogue(CublasLtEpilogue.Bias);
                fixture.Set(CublasLtMatmulDescAttribute.BiasDataType, (int)CudaDataType.R16F);
                break;
            default:
                fixture.Set(CublasLtMatmulDescAttribute.Epilogue, 32);
                break;
        }

        Assert.Empty(fixture.Search(out CublasStatus status));
        Assert.Equal(expected, status);
        Assert.Equal(what == "preference" ? CublasStatus.Success : expected, fixture.Matmul());
    }

    [Fact]
    public void A_search_wants_room_for_results()
    {
        using var fixture = new LtFixture();
        fixture.Search(out CublasStatus status, requested: 0);
        Assert.Equal(CublasStatus.InvalidValue, status);
        int returned = 5;
        CublasLtMatmulHeuristicResult result;
        Assert.Equal(CublasStatus.InvalidValue, Search(fixture, fixture.Handle, null, &returned));
        Assert.Equal(0, returned);
        Assert.Equal(CublasStatus.InvalidValue, Search(fixture, fixture.Handle, &result, null));
        Assert.Equal(CublasStatus.NotInitialized, Search(fixture, default, &result, &returned));
        Assert.Equal(CublasStatus.Success, Search(fixture, fixture.Handle, &result, &returned));
    }

    [Fact]
    public void Faults_on_purpose_do_nothing_else()
    {
        string[] functions =
        [
            "cublasLtCreate", "cublasLtMatmulDescCreate", "cublasLtMatrixLayoutCreate", "cublasLtMatmulPreferenceCreate",
            "cublasLtMatmulDescSetAttribute", "cublasLtMatmulPreferenceSetAttribute", "cublasLtMatmulAlgoGetHeuristic",
            "cublasLtMatmul", "cublasLtGetProperty", "cublasLtDestroy",
            "cublasLtMatmulDescDestroy", "cublasLtMatrixLayoutDestroy", "cublasLtMatmulPreferenceDestroy",
        ];
        using var core = new QueueCore(new SimulatorOptions { Faults = [.. functions.Select(function => new InjectedFault(function, 1, 14))] });
        var blas = new SimulatedCublasLt(core);
        CublasLtHandle handle;
        CublasLtMatmulDesc description;
        CublasLtMatrixLayout layout;
        CublasLtMatmulPreference preference;
        int value;
        float one = 1;
        CublasLtMatmulHeuristicResult result;
        CublasStatus[] statuses =
        [
            blas.Create(&handle),
            blas.MatmulDescCreate(&description, CublasComputeType.Compute32f, CudaDataType.R32F),
            blas.MatrixLayoutCreate(&layout, CudaDataType.R32F, 1, 1, 1),
            blas.MatmulPreferenceCreate(&preference),
            blas.MatmulDescSetAttribute(default, CublasLtMatmulDescAttribute.TransA, &value, 4),
            blas.MatmulPreferenceSetAttribute(default, CublasLtMatmulPreferenceAttribute.MinAlignmentABytes, &value, 4),
            blas.MatmulAlgoGetHeuristic(default, default, default, default, default, default, default, 1, &result, &value),
            blas.Matmul(default, default, &one, null, default, null, default, &one, null, default, null, default, null, null, 0, default),
            blas.GetProperty(LibraryProperty.MajorVersion, &value),
            blas.Destroy(default),
            blas.MatmulDescDestroy(default),
            blas.MatrixLayoutDestroy(default),
            blas.MatmulPreferenceDestroy(default),
        ];
        Assert.All(statuses, status => Assert.Equal(CublasStatus.InternalError, status));
        Assert.Equal(0, core.LiveHandles);
    }

    private static CublasStatus Search(LtFixture fixture, CublasLtHandle handle, CublasLtMatmulHeuristicResult* results, int* returned) =>
        fixture.Blas.MatmulAlgoGetHeuristic(
            handle, fixture.Description, fixture.LayoutA, fixture.LayoutB, fixture.LayoutC, fixture.LayoutD, fixture.Preference, 1, results, returned);
}
