using Xunit;

namespace AlexNetCuda.Onnx.Tests;

public class NodeTestPackageTests
{
    private static readonly string _nowhere = Path.Combine(AppContext.BaseDirectory, "no-such-folder");

    [Fact]
    public void The_reason_to_skip_names_the_package_and_the_variable()
    {
        (string? folder, string reason) = NodeTestPackage.Find(null, _nowhere);
        Assert.Null(folder);
        Assert.Contains("libonnx-testdata", reason, StringComparison.Ordinal);
        Assert.Contains(NodeTestPackage.Variable, reason, StringComparison.Ordinal);
        Assert.Contains(_nowhere, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_variable_goes_before_the_installed_package() =>
        Assert.Equal(AppContext.BaseDirectory, NodeTestPackage.Find(AppContext.BaseDirectory, Path.GetTempPath()).Folder);

    [Fact]
    public void A_variable_that_names_no_folder_is_a_mistake_and_not_an_absence()
    {
        DirectoryNotFoundException e = Assert.Throws<DirectoryNotFoundException>(() => NodeTestPackage.Find(_nowhere, AppContext.BaseDirectory));
        Assert.Contains(_nowhere, e.Message, StringComparison.Ordinal);
    }
}
