using System.Text.Json.Nodes;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Reference;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class VerifierTests(GoldenSample sample) : IClassFixture<GoldenSample>
{
    private static VerificationReport Verify(JsonObject json, double? level = null)
    {
        using var device = new ReferenceDevice(2);
        return Verifier.Run(GoldenSample.Load(json), device, level);
    }

    private static void Add(JsonNode node, string name, double change) => node[name] = node[name]!.GetValue<double>() + change;

    /// <summary>The one row that failed.</summary>
    private static VerificationRow Failure(VerificationReport report)
    {
        Assert.False(report.Passed);
        return Assert.Single(report.Rows, r => !r.Passed);
    }

    [Fact]
    public void A_right_file_passes_with_every_tensor_compared()
    {
        VerificationReport report = Verify(sample.Json());
        Assert.True(report.Passed);
        Assert.Equal(1e-9, report.Level);
        string[] parameters = [.. from i in Enumerable.Range(1, 5) from role in new[] { "weights", "biases" } select $"conv{i}/{role}"];
        Assert.Equal(["loss", "output", .. parameters, "input"], report.Rows.Select(r => r.Name));
        Assert.All(report.Rows, r => Assert.Equal(new TensorErrors(2e-9, 2e-9, 2e-9), r.Allowed));
        Assert.All(report.Rows, r => Assert.InRange(r.Errors.Samples + r.Errors.L2 + r.Errors.Sum, 0, 1e-12));
        Assert.Equal("alexnet-conv", report.File.Case);
    }

    [Fact]
    public void A_wrong_loss_fails_alone()
    {
        JsonObject json = sample.Json();
        json["loss"] = json["loss"]!.GetValue<double>() * (1 + 3e-9);
        VerificationRow row = Failure(Verify(json));
        Assert.Equal("loss", row.Name);
        Assert.Equal(3e-9, row.Errors.Samples, 1e-13);
        json["loss"] = sample.Json()["loss"]!.GetValue<double>() * (1 - 1.9e-9);
        Assert.True(Verify(json).Passed);
    }

    [Theory]
    [InlineData("output", "output")]
    [InlineData("input_gradient", "input")]
    [InlineData("conv1/weights", "conv1/weights")]
    [InlineData("conv3/biases", "conv3/biases")]
    public void A_wrong_sample_norm_or_sum_fails_its_tensor_alone(string tensor, string rowName)
    {
        JsonNode Tensor(JsonObject json) => json[tensor] ?? json["gradients"]![tensor]!;
        JsonNode right = Tensor(sample.Json());
        double l2 = right["l2"]!.GetValue<double>(), size = right["shape"]!.AsArray().Aggregate(1.0, (p, d) => p * d!.GetValue<int>());
        double[] samples = [.. right["samples"]!.AsArray().Select(s => s!.GetValue<double>())];
        double scale = Math.Max(Math.Sqrt(samples.Sum(s => s * s)), 8 * l2 / Math.Sqrt(size));
        // Changes that make an error of 5e-9 where 2e-9 is allowed; each by its formula, and no other of the three.
        Check(t => t["samples"]![40] = samples[40] + (5e-9 * scale), e => e.Samples);
        Check(t => Add(t, "l2", 5e-9 * l2), e => e.L2);
        Check(t => Add(t, "sum", -5e-9 * l2 * Math.Sqrt(size)), e => e.Sum);

        void Check(Action<JsonNode> change, Func<TensorErrors, double> error)
        {
            JsonObject json = sample.Json();
            change(Tensor(json));
            VerificationRow row = Failure(Verify(json));
            Assert.Equal(rowName, row.Name);
            Assert.Equal(5e-9, error(row.Errors), 1e-11);
            Assert.InRange(row.Errors.Samples + row.Errors.L2 + row.Errors.Sum, 4.9e-9, 5.1e-9);
        }
    }

    [Fact]
    public void What_is_allowed_is_twice_the_level_or_four_times_the_sensitivity_but_at_most_seven_tenths()
    {
        JsonObject json = sample.Json();
        json["loss_sensitivity"]!["1e-05"] = 1e-3;
        JsonNode weights = json["gradients"]!["conv1/weights"]!;
        weights["sensitivity"]!["1e-05"] = new JsonObject { ["samples"] = 1e-6, ["l2"] = 0.01, ["sum"] = 5 };
        weights["sensitivity"]!["0.0005"] = new JsonObject { ["samples"] = 0.02, ["l2"] = 0.03, ["sum"] = 0.04 };
        weights["sensitivity"]!["0.004"] = new JsonObject { ["samples"] = 0.05, ["l2"] = 0.001, ["sum"] = 0.06 };
        weights["sensitivity"]!["2e-06"] = new JsonObject { ["samples"] = 0.5, ["l2"] = 0.1, ["sum"] = 0.07 };
        Check(1e-5, new(2e-5, 0.04, 0.7), loss: 4e-3);
        Check(5e-4, new(0.08, 0.12, 0.16), loss: 1e-3);
        Check(4e-3, new(0.2, 8e-3, 0.24), loss: 8e-3);
        Check(2e-6, new(0.7, 0.4, 0.28), loss: 4e-6);
        Check(1e-4, new(2e-4, 2e-4, 2e-4), loss: 2e-4); // a level without sensitivities
        Check(1e-9, new(2e-9, 2e-9, 2e-9), loss: 2e-9);

        void Check(double level, TensorErrors allowed, double loss)
        {
            VerificationReport report = Verify(json, level);
            Assert.Equal(level, report.Level);
            Equal(allowed, report.Rows.Single(r => r.Name == "conv1/weights").Allowed);
            Equal(new(loss, loss, loss), report.Rows.Single(r => r.Name == "loss").Allowed);
            Equal(new(2 * level, 2 * level, 2 * level), report.Rows.Single(r => r.Name == "conv2/weights").Allowed);
        }

        static void Equal(TensorErrors expected, TensorErrors actual) // 4 * 0.03 and the like round
        {
            Assert.Equal(expected.Samples, actual.Samples, 1e-15);
            Assert.Equal(expected.L2, actual.L2, 1e-15);
            Assert.Equal(expected.Sum, actual.Sum, 1e-15);
        }
    }

    [Fact]
    public void A_tensor_passes_within_its_sensitivity_and_fails_beyond()
    {
        JsonObject json = sample.Json();
        JsonNode output = json["output"]!;
        output["sensitivity"]!["1e-05"] = new JsonObject { ["samples"] = 0, ["l2"] = 1e-4, ["sum"] = 0 };
        double l2 = output["l2"]!.GetValue<double>();
        output["l2"] = l2 / (1 + 3.9e-4); // |1 + x - 1|, since the reference's norm divides
        Assert.True(Verify(json, 1e-5).Passed);
        output["l2"] = l2 / (1 + 4.1e-4);
        Assert.Equal("output", Failure(Verify(json, 1e-5)).Name);
    }

    [Fact]
    public void A_file_without_sensitivities_is_held_to_the_level_alone()
    {
        JsonObject json = sample.Json();
        json.Remove("loss_sensitivity");
        foreach (JsonNode? tensor in json["gradients"]!.AsObject().Select(g => g.Value).Append(json["output"])) tensor!.AsObject().Remove("sensitivity");
        VerificationReport report = Verify(json, 1e-5);
        Assert.True(report.Passed);
        Assert.All(report.Rows, r => Assert.Equal(2e-5, r.Allowed.L2));
    }

    [Fact]
    public void An_error_that_is_not_a_number_fails()
    {
        var allowed = new TensorErrors(1, 1, 1);
        Assert.True(new VerificationRow("x", new(1, 1, 1), allowed).Passed);
        Assert.False(new VerificationRow("x", new(double.NaN, 0, 0), allowed).Passed);
        Assert.False(new VerificationRow("x", new(0, double.NaN, 0), allowed).Passed);
        Assert.False(new VerificationRow("x", new(0, 0, double.NaN), allowed).Passed);
        Assert.False(new VerificationRow("x", new(0, 0, 1.1), allowed).Passed);
    }

    public static TheoryData<string, string, string> WrongFiles => new()
    {
        { "parameters", "2469697", "The reference of 'alexnet-conv' has 2469697 parameters, the network 2469696." },
        { "case", "\"alexnet-same\"", "The reference of 'alexnet-same' has 2469696 parameters, the network " }, // with fc6 and on
        { "input_size", "56", "The reference of 'alexnet-conv' is of a network that cannot be: Layer 'pool5': a kernel of height 3 is larger than" },
        { "loss_kind", "\"softmax-xent\"", "The reference of 'alexnet-conv' is of a network that cannot be: Network 'alexnet-conv' has no classes" },
        { "batch", "3", "The reference of 'output' has the shape [1, 256, 1, 1], not [3, 256, 1, 1]." },
        { "gradients/conv2~1weights", "null", "The reference of 'alexnet-conv' has no gradient 'conv2/weights' of shape [192, 64, 5, 5]." },
        { "gradients/conv2~1weights/shape", "[192, 64, 25]", "The reference of 'alexnet-conv' has no gradient 'conv2/weights' of shape [192, 64, 5, 5]." },
        { "gradients/fc6~1weights", "copy", "The reference of 'alexnet-conv' has a gradient 'fc6/weights', which is no parameter of the network." },
        { "input_gradient/shape", "[1, 3, 57, 56]", "The reference of 'input' has the shape [1, 3, 57, 56], not [1, 3, 57, 57]." },
    };

    [Theory]
    [MemberData(nameof(WrongFiles))]
    public void A_file_that_does_not_fit_its_network_is_refused(string place, string value, string message)
    {
        JsonObject json = sample.Json();
        string[] parts = [.. place.Split('/').Select(p => p.Replace("~1", "/", StringComparison.Ordinal))];
        JsonObject parent = parts[..^1].Aggregate(json, (node, part) => node[part]!.AsObject());
        if (value == "null") parent.Remove(parts[^1]);
        else parent[parts[^1]] = value == "copy" ? parent["conv1/weights"]!.DeepClone() : JsonNode.Parse(value);
        ReferenceFile file = GoldenSample.Load(json);
        using var device = new CountingDevice(new ReferenceDevice(2));
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => Verifier.Run(file, device)).Message, StringComparison.Ordinal);
        Assert.Equal(0, device.Calls); // before any work
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1e-5)]
    [InlineData(double.NaN)]
    public void A_level_is_above_0(double level)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Verify(sample.Json(), level));
    }

    [Fact]
    public void The_level_of_a_device_is_that_of_its_precision()
    {
        foreach ((string name, double level) in new[] { ("reference", 1e-9), ("cpu", 1e-5) })
        {
            using Devices.IDevice device = Small.Device(name);
            Assert.Equal(level, Verifier.DefaultLevel(device));
        }
    }

    [Fact]
    public void The_CPU_device_is_verified_too()
    {
        using Devices.IDevice device = Small.Device("cpu");
        JsonObject json = sample.Json();
        Add(json["output"]!, "l2", 0.01 * json["output"]!["l2"]!.GetValue<double>());
        VerificationReport report = Verifier.Run(GoldenSample.Load(json), device);
        Assert.Equal(1e-5, report.Level);
        VerificationRow output = report.Rows.Single(r => r.Name == "output");
        Assert.Equal(0.01 / 1.01, output.Errors.L2, 1e-5);
        Assert.False(output.Passed);
        Assert.True(output.Errors.Samples < 1e-5, "Without a rectifier after it, an output is stable.");
    }

    [Fact]
    public void Progress_is_told_and_cancellation_heard()
    {
        ReferenceFile file = GoldenSample.Load(sample.Json());
        using var device = new CountingDevice(new ReferenceDevice(2));
        var told = new Told();
        Assert.True(Verifier.Run(file, device, progress: told).Passed);
        Assert.Equal(["making parameters", "compiling", "running forward and backward", "comparing"], told.Messages);
        Assert.Equal(0, device.Live);
        foreach (string when in told.Messages.ToArray())
        {
            using var source = new CancellationTokenSource();
            var cancelling = new Told { On = message => { if (message == when) source.Cancel(); } };
            Assert.ThrowsAny<OperationCanceledException>(() => Verifier.Run(file, device, progress: cancelling, cancellation: source.Token));
            Assert.Equal(0, device.Live);
        }
    }

    private sealed class Told : IProgress<string>
    {
        public List<string> Messages { get; } = [];

        public Action<string>? On { get; init; }

        public void Report(string value)
        {
            Messages.Add(value);
            On?.Invoke(value);
        }
    }
}
