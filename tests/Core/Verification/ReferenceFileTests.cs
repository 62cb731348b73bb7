using System.Text.Json.Nodes;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class ReferenceFileTests
{
    private static readonly string Good = File.ReadAllText(TestData.Get("golden", "results", "alexnet-conv.json"));

    [Fact]
    public void A_file_is_read_whole()
    {
        ReferenceFile file = ReferenceFile.Load(TestData.Get("golden", "results", "alexnet-valid.json"));
        Assert.Equal(("alexnet-valid", "", 2, 227), (file.Case, file.Salt, file.Batch, file.InputSize));
        Assert.Equal(("softmax-xent", LossKind.SoftmaxCrossEntropy, 62_376_968), (file.LossKind, file.Kind, file.Parameters));
        Assert.Equal([2, 1000], file.Output.Shape);
        Assert.Equal(2000, file.Output.Count);
        Assert.Equal([2, 3, 227, 227], file.InputGradient.Shape);
        Assert.Equal(5 + 6, file.Gradients.Count); // convolutions have no biases
        Assert.Equal(["0.0005", "0.004", "1e-05"], file.LossSensitivity!.Keys.Order(StringComparer.Ordinal));
        foreach (ReferenceTensor tensor in file.Gradients.Values.Append(file.Output).Append(file.InputGradient))
        {
            Assert.Equal(["0.0005", "0.004", "1e-05"], tensor.Sensitivity!.Keys.Order(StringComparer.Ordinal));
            Assert.All(tensor.Sensitivity.Values, e => Assert.True(e.Samples > 0 && e.L2 > 0 && e.Sum > 0));
            Assert.Equal(64, tensor.Samples.Count);
            Assert.True(tensor.L2 > 0);
        }

        JsonNode json = JsonNode.Parse(File.ReadAllText(TestData.Get("golden", "results", "alexnet-valid.json")))!;
        Assert.Equal(json["loss"]!.GetValue<double>(), file.Loss);
        Assert.Equal(json["gradients"]!["fc7/biases"]!["sum"]!.GetValue<double>(), file.Gradients["fc7/biases"].Sum);
        Assert.Equal(json["output"]!["sensitivity"]!["0.004"]!["l2"]!.GetValue<double>(), file.Output.Sensitivity!["0.004"].L2);
    }

    [Fact]
    public void The_repository_has_a_file_of_every_network_but_vgg13()
    {
        Assert.Equal(
            NetworkZoo.All.Select(e => e.Name).Where(n => n != "vgg13").Order(StringComparer.Ordinal),
            TestData.GoldenFiles().Select(f => ReferenceFile.Load(f).Case));
    }

    /// <summary>Malformed files: what is changed in a good one, and what the message says besides the path.</summary>
    public static TheoryData<string, string, string> Malformed
    {
        get
        {
            var cases = new TheoryData<string, string, string>
            {
                { "(text)", "", "The input does not contain any JSON tokens" },
                { "(text)", "weights: 12", "is an invalid start of a value" },
                { "(text)", Good[..(Good.Length / 2)], "" },
                { "(text)", Good + "}", "" },
                { "(text)", "null", "it is empty" },
                { "(text)", "[]", "could not be converted" },
                { "(text)", "{}", "missing required properties" },
                { "(text)", "\uFFFD\0\u0001", "is an invalid start of a value" },
                { "case", "\"lenet\"", "it is of the network 'lenet', which is not in the zoo" },
                { "case", "null", "it is of the network '', which is not in the zoo" },
                { "case", "5", "could not be converted" },
                { "salt", "null", "it lacks its salt or its gradients" },
                { "batch", "0", "a batch of 0 and an input size of 224" },
                { "batch", "-2", "a batch of -2 and an input size of 224" },
                { "batch", "2.5", "could not be converted" },
                { "batch", "1e99", "could not be converted" },
                { "input_size", "0", "a batch of 2 and an input size of 0" },
                { "loss_kind", "\"l1\"", "the loss 'l1' is neither 'l2' nor 'softmax-xent'" },
                { "loss_kind", "null", "the loss '' is neither 'l2' nor 'softmax-xent'" },
                { "loss", "NaN", "is an invalid start of a value" }, // as Python writes it
                { "loss", "\"1.5\"", "could not be converted" },
                { "parameters", "[1]", "could not be converted" },
                { "gradients", "null", "it lacks its salt or its gradients" },
                { "gradients", "[]", "could not be converted" },
                { "gradients/conv1~1weights", "null", "the tensor 'conv1/weights' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output", "null", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "input_gradient", "{}", "the tensor 'input_gradient' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/shape", "[]", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/shape", "[2, 256, 6, 6, 1]", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/shape", "[2, 0, 6, 6]", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/shape", "null", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/samples", "[1, 2, 3]", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/samples", "null", "the tensor 'output' needs a shape of 1 to 4 dimensions and 64 samples" },
                { "output/samples/7", "\"x\"", "could not be converted" },
                { "output/sensitivity", "[]", "could not be converted" },
                { "output/sensitivity/1e-05", "0.1", "could not be converted" },
                { "loss_sensitivity/1e-05", "null", "could not be converted" },
            };
            foreach (string property in new[] { "case", "salt", "batch", "input_size", "loss_kind", "loss", "parameters", "output", "input_gradient", "gradients" })
                cases.Add(property, "(removed)", $"'{property}'");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_file_is_refused_by_name(string place, string value, string message)
    {
        InvalidDataException error = GoldenSample.WithFile(place == "(text)" ? value : Change(place, value), path =>
        {
            var refused = Assert.Throws<InvalidDataException>(() => ReferenceFile.Load(path));
            Assert.StartsWith($"'{path}' is no reference result: ", refused.Message, StringComparison.Ordinal);
            return refused;
        });
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The good file with the value at a place replaced, as text: the value need not be JSON.</summary>
    private static string Change(string place, string value)
    {
        JsonNode json = JsonNode.Parse(Good)!;
        string[] parts = [.. place.Split('/').Select(p => p.Replace("~1", "/", StringComparison.Ordinal))];
        JsonNode parent = parts[..^1].Aggregate(json, (node, part) => node[part]!);
        if (value == "(removed)") parent.AsObject().Remove(parts[^1]);
        else if (parent is JsonArray array) array[int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture)] = "@@";
        else parent[parts[^1]] = "@@";
        return json.ToJsonString().Replace("\"@@\"", value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_that_the_malformed_ones_are_made_of_is_good()
    {
        Assert.Equal("alexnet-conv", GoldenSample.WithFile(Change("loss", "1.5"), ReferenceFile.Load).Case);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_an_IO_error()
    {
        string missing = Path.Combine(Path.GetTempPath(), "no such folder", "x.json");
        Assert.ThrowsAny<IOException>(() => ReferenceFile.Load(missing));
        Assert.Throws<ArgumentException>(() => ReferenceFile.Load(""));
    }
}
