using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed partial class DescriptionTests
{
    [Theory]
    [InlineData("alexnet-owt-softmax10", "61,110,850")]
    [InlineData("alexnet-valid", "62,376,968")]
    [InlineData("alexnet-same", "62,378,344")]
    [InlineData("alexnet-conv", "2,469,696")]
    [InlineData("alexnet-2012", "60,965,224")]
    [InlineData("bvlc-alexnet", "60,965,224")]
    [InlineData("caffenet", "60,965,224")]
    [InlineData("torchvision-alexnet", "61,100,840")]
    [InlineData("vgg11", "132,863,336")]
    [InlineData("vgg13", "133,047,848")]
    [InlineData("vgg16", "138,357,544")]
    [InlineData("vgg19", "143,667,240")]
    public void Networks_and_summaries_say_how_many_parameters_there_are(string network, string parameters)
    {
        RunResult networks = Alexnet.Run("networks"), summary = Alexnet.Run("summary", network);
        Assert.Equal((0, 0), (networks.Code, summary.Code));
        Assert.Single(networks.Lines, l => l.StartsWith(network + " ", StringComparison.Ordinal) && Spaces().Split(l).Contains(parameters));
        string total = Assert.Single(summary.Lines, l => l.StartsWith("total ", StringComparison.Ordinal));
        Assert.Equal(parameters, Spaces().Split(total)[2]);
    }

    [Fact]
    public void Networks_has_a_line_for_each_under_a_heading() => Assert.Equal(13, Alexnet.Run("networks").Lines.Length);

    [Fact]
    public void A_summary_has_a_row_a_layer()
    {
        RunResult result = Alexnet.Run("summary", "alexnet-same", "--batch", "32");
        Assert.Equal("alexnet-same, input [32, 3, 224, 224]", result.Lines[0]);
        string conv1 = Assert.Single(result.Lines, l => l.StartsWith("conv1 ", StringComparison.Ordinal));
        // 56 * 56 * 96 outputs of 11 * 11 * 3 multiply-adds each, 32 images, 4 bytes.
        Assert.Equal(
            "conv1 convolution 11x11 / 4 SAME [32, 96, 56, 56] 301,056 34,944 3,497,066,496 36.8 MiB", Spaces().Replace(conv1, " "));
        // 301,056 + 186,624 + 2 * 64,896 + 43,264 + 2 * 4,096 + 1,000 neurons.
        Assert.Equal(["total", "669,928", "62,378,344"], Spaces().Split(result.Lines[^1])[..3]);
    }

    [Fact]
    public void A_summary_as_json_has_the_same_numbers()
    {
        RunResult result = Alexnet.Run("summary", "alexnet-conv", "--batch", "2", "--input-size", "100", "--json");
        using var json = JsonDocument.Parse(result.Output);
        JsonElement root = json.RootElement, conv1 = root.GetProperty("layers")[0];
        Assert.Equal("alexnet-conv", root.GetProperty("network").GetString());
        Assert.Equal([2, 3, 100, 100], root.GetProperty("inputShape").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal([2, 64, 25, 25], conv1.GetProperty("outputShape").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal("11x11 / 4 SAME", conv1.GetProperty("settings").GetString());
        Assert.Equal(2L * 25 * 25 * 64 * 363, conv1.GetProperty("multiplyAdds").GetInt64());
        Assert.Equal(2_469_696, root.GetProperty("total").GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void An_input_size_changes_the_fully_connected_parameters()
    {
        RunResult result = Alexnet.Run("summary", "torchvision-alexnet", "--input-size", "96");
        // 96 -> 23 -> 11 -> 5 -> 2: fc6 reads 256 * 2 * 2 features.
        Assert.Contains(result.Lines, l => Spaces().Split(l) is ["fc6", .., "4,096", var parameters, _, _, _] && parameters == $"{(1024 * 4096) + 4096:N0}");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
