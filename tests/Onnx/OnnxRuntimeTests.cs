using Xunit;

namespace AlexNetCuda.Onnx.Tests;

public sealed class OnnxRuntimeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("alexnetcuda-onnxruntime").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_is_found_where_the_variable_says_or_in_the_usual_place_and_else_the_reason_is_given()
    {
        string absent = Path.Combine(_folder, "absent");
        Directory.CreateDirectory(Path.Combine(_folder, "node_modules", "onnxruntime-node"));
        Assert.Equal((_folder, ""), OnnxRuntime.Find(_folder, absent));
        Assert.Equal((_folder, ""), OnnxRuntime.Find(null, _folder));
        (string? folder, string reason) = OnnxRuntime.Find("", absent);
        Assert.Null(folder);
        Assert.Equal($"There is no onnxruntime-node in {absent}: run 'npm install --ignore-scripts onnxruntime-node' there, or set ALEXNETCUDA_ONNXRUNTIME to a folder with it.", reason);
        Assert.Contains(absent, Assert.Throws<DirectoryNotFoundException>(() => OnnxRuntime.Find(absent, _folder)).Message, StringComparison.Ordinal);
    }
}
