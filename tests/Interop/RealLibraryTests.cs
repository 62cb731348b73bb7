using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Interop.Probing;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>The real libraries, as far as they go without a GPU. Each test is skipped where its package was not fetched.</summary>
public sealed unsafe class RealLibraryTests
{
    private static readonly ProbeMachine s_bare = new(IsWindows: false, "/nowhere", "/nowhere", _ => null, AsksSystem: false);

    // Not /dev/nvidiactl: cuInit itself makes that node, where it may, and leaves it.
    private static bool HasDriver => Directory.Exists("/proc/driver/nvidia");

    [Fact]
    public void The_driver_has_every_function_and_says_that_there_is_no_gpu()
    {
        var (report, library) = Find(CudaLibraryDescriptions.Driver, "driver", "bookworm", "libcuda1");
        Assert.True(report.IsUsable, report.ToString());
        Assert.True(report.Taken!.Version >= new Version(12, 0));

        // Debian's is of CUDA 12.2; what came later is optional.
        Assert.All(report.Taken.MissingSymbols, symbol => Assert.True(CudaLibraryDescriptions.Driver.Entries.Single(entry => entry.Name == symbol).Optional));
        Assert.SkipWhen(HasDriver, "this machine has a driver of its own: it is not to be initialised by another version's library");
        var driver = new NativeCudaDriver(library!);
        Assert.Equal(CUresult.ErrorNoDevice, driver.Init(0));
        var exception = Assert.Throws<CudaException>(() => CudaContext.Open(driver, 0));
        Assert.Equal("cuInit gave 100 (CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected) when initialising the driver.", exception.Message);
    }

    [Fact]
    public void Cublas_has_every_function_and_tells_its_version()
    {
        var (report, library) = Find(CudaLibraryDescriptions.Cublas, "cublas", "trixie", "libcublas12 libcublaslt12");
        Assert.True(report.IsUsable, report.ToString());
        Assert.Equal(12, report.Taken!.Version!.Major);
        Assert.SkipWhen(HasDriver, "this machine may have a GPU");
        CublasHandle handle;
        Assert.Equal(CublasStatus.NotInitialized, new NativeCublas(library!).Create(&handle));
    }

    /// <summary>cublasLt checks an attribute's size against its type: a wrong one is InvalidValue. Descriptions need no GPU.</summary>
    [Fact]
    public void Cublaslt_takes_every_attribute_that_is_declared_and_refuses_another_size()
    {
        var (report, library) = Find(CudaLibraryDescriptions.CublasLt, "cublas", "trixie", "libcublas12 libcublaslt12");
        Assert.True(report.IsUsable, report.ToString());
        Assert.Empty(report.Taken!.MissingSymbols);
        var api = new NativeCublasLt(library!);
        using var product = LtProductDescription.Create(api, CublasComputeType.Compute32fFastTf32, CudaDataType.R32F);
        foreach (var attribute in Enum.GetValues<CublasLtMatmulDescAttribute>())
        {
            switch (attribute)
            {
                case CublasLtMatmulDescAttribute.TransA or CublasLtMatmulDescAttribute.TransB:
                    product.Set(attribute, CublasOperation.T);
                    break;
                case CublasLtMatmulDescAttribute.Epilogue:
                    product.Set(attribute, CublasLtEpilogue.ReluBias);
                    product.Set(attribute, CublasLtEpilogue.Bias);
                    break;
                case CublasLtMatmulDescAttribute.BiasPointer:
                    product.Set(attribute, 0x10000ul);
                    break;
                case CublasLtMatmulDescAttribute.BiasDataType:
                    product.Set(attribute, CudaDataType.R16BF);
                    break;
                default:
                    Assert.Fail($"{attribute} is declared and not tried");
                    break;
            }

            byte small = 1;
            Assert.Equal(CublasStatus.InvalidValue, api.MatmulDescSetAttribute(product.Handle, attribute, &small, 1));
        }

        using var preference = LtPreference.Create(api);
        foreach (var attribute in Enum.GetValues<CublasLtMatmulPreferenceAttribute>())
        {
            if (attribute == CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes)
            {
                preference.Set(attribute, 1ul << 22);
            }
            else
            {
                preference.Set(attribute, 16u);
            }

            byte small = 1;
            Assert.Equal(CublasStatus.InvalidValue, api.MatmulPreferenceSetAttribute(preference.Handle, attribute, &small, 1));
        }

        using var matrix = LtMatrixDescription.Create(api, CudaDataType.R16F, 64, 32, 64);
    }

    private static (LibraryReport Report, LoadedLibrary? Library) Find(LibraryDescription description, string folder, string suite, string packages) =>
        LibraryProbe.Find(description, new ProbeRequest { Directory = Fetched.FolderOrSkip(folder, suite, packages), Machine = s_bare });
}
