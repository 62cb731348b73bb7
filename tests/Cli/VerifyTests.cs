using System.Text.Json.Nodes;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class VerifyTests : IDisposable
{
    private static readonly string Reference = Path.Combine(AppContext.BaseDirectory, "data", "alexnet-conv.json");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Errors_are_printed_beside_what_is_allowed()
    {
        RunResult result = Alexnet.Run("verify", Reference, "--device", "cpu");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches(@"^tensor +samples +allowed +l2 +allowed +sum +allowed$", result.Lines[2]);
        string[] rows = [.. result.Lines.Where(l => l.EndsWith(" passed", StringComparison.Ordinal))];
        Assert.Equal(13, rows.Length); // loss, output, ten gradients, the input's
        Assert.All(rows, row => Assert.Matches(@"^\S+( +\d\.\de-?\d\d){6}  passed$", row));
        Assert.Equal("alexnet-conv passed at level 1e-05.", result.Lines[^1]);
    }

    [Fact]
    public void A_level_that_the_device_does_not_reach_fails_with_1()
    {
        RunResult result = Alexnet.Run("verify", Reference, "--device", "cpu", "--level", "1e-12");
        Assert.Equal((1, ""), (result.Code, result.Error));
        Assert.Equal("alexnet-conv FAILED at level 1e-12: 13 of 13 tensors.", result.Lines[^1]);
    }

    [Fact]
    public void Of_several_files_one_that_differs_fails_and_the_tensor_is_named()
    {
        string changed = _folder["changed.json"];
        var json = JsonNode.Parse(File.ReadAllText(Reference))!;
        JsonNode tensor = json["gradients"]!["conv4/biases"]!;
        tensor["l2"] = tensor["l2"]!.GetValue<double>() * 1.01;
        File.WriteAllText(changed, json.ToJsonString());
        RunResult result = Alexnet.Run("verify", changed, Reference);
        Assert.Equal((1, ""), (result.Code, result.Error));
        string failed = Assert.Single(result.Lines, l => l.EndsWith("  FAILED", StringComparison.Ordinal));
        Assert.StartsWith("conv4/biases ", failed, StringComparison.Ordinal);
        Assert.Contains("alexnet-conv FAILED at level 1e-05: 1 of 13 tensors.", result.Lines);
        Assert.Equal("alexnet-conv passed at level 1e-05.", result.Lines[^1]);
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("", "is no reference result")]
    [InlineData("{", "is no reference result")]
    [InlineData("[1, 2]", "is no reference result")]
    [InlineData("{\"case\": \"alexnet-conv\"}", "is no reference result")]
    [InlineData("not json", "is no reference result")]
    public void A_file_that_is_no_reference_gives_1(string? content, string message)
    {
        string path = _folder["file.json"];
        if (content is not null) File.WriteAllText(path, content);
        RunResult result = Alexnet.Run("verify", Reference, path);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
        Assert.Contains(path, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("case", "\"lenet\"", "lenet")]
    [InlineData("batch", "0", "a batch of 0")]
    [InlineData("input_size", "9", "kernel")]
    [InlineData("parameters", "7", "7 parameters")]
    [InlineData("loss_kind", "\"hinge\"", "hinge")]
    public void A_reference_that_does_not_fit_its_network_gives_1(string property, string value, string message)
    {
        string path = _folder["file.json"];
        var json = JsonNode.Parse(File.ReadAllText(Reference))!;
        json[property] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        RunResult result = Alexnet.Run("verify", path);
        Assert.Equal(1, result.Code);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }
}
