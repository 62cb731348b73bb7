using AlexNetCuda.Diagnostics;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

/// <summary>The reference device against PyTorch's results in double precision, at 1e-9: no rounding excuses.</summary>
public class GoldenTests
{
    // vgg16 and vgg19 take minutes in plain loops; `alexnet verify --device reference` runs them.
    public static TheoryData<string> Networks =>
        [.. TestData.GoldenFiles().Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n is not ("vgg16" or "vgg19"))];

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_agrees_with_PyTorch(string name)
    {
        ReferenceFile file = ReferenceFile.Load(TestData.Get("golden", "results", name + ".json"));
        using var device = new ReferenceDevice();
        VerificationReport report = Verifier.Run(file, device);
        Assert.Equal(1e-9, report.Level);
        Assert.Equal(file.Gradients.Count + 3, report.Rows.Count);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(r => !r.Passed)));
    }

    [Fact]
    public void All_AlexNets_and_one_VGG_are_among_them()
    {
        Assert.Equal(9, Networks.Count);
    }
}
