using AlexNetCuda.Cpu;
using AlexNetCuda.Devices;
using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>The devices, made once for all node tests.</summary>
public sealed class NodeTestDevices : IDisposable
{
    /// <summary>The CPU device.</summary>
    public IDevice Cpu { get; } = new CpuDevice(new CpuDeviceOptions { Threads = 2 });

    /// <summary>The reference device.</summary>
    public IDevice Reference { get; } = new ReferenceDevice(2);

    /// <inheritdoc/>
    public void Dispose()
    {
        Cpu.Dispose();
        Reference.Dispose();
    }
}

/// <summary>ONNX's node tests on both devices.</summary>
public class NodeTests(NodeTestDevices devices) : IClassFixture<NodeTestDevices>
{
    /// <summary>
    /// The expected values are float32, most of them computed in float32 by NumPy over at most 25 terms: half a unit in the last place (6e-8) for the value
    /// itself and some more for the terms, and elements may be a few times the root mean square. Against double precision that is below 1e-6 ...
    /// </summary>
    private const double ReferenceTolerance = 1e-6;

    /// <summary>... and a device that rounds to float32 as well, in an order and with an exp and a power of its own, differs by a few times that at most.</summary>
    private const double CpuTolerance = 3e-6;

    public static TheoryData<string> Run { get; } = [.. NodeTestList.Run];

    public static TheoryData<string> DoesNotApply { get; } = [.. NodeTestList.DoesNotApply.Keys];

    [Theory]
    [MemberData(nameof(Run))]
    public void The_CPU_device_gives_the_outputs_of_the_node_test(string name) => Check(name, devices.Cpu, CpuTolerance);

    [Theory]
    [MemberData(nameof(Run))]
    public void The_reference_device_gives_the_outputs_of_the_node_test(string name) => Check(name, devices.Reference, ReferenceTolerance);

    [Theory]
    [MemberData(nameof(DoesNotApply))]
    public void A_node_test_that_does_not_apply_is_refused_for_the_reason_stated(string name)
    {
        string folder = Path.Combine(NodeTestPackage.Require(), name);
        Exception refusal = Assert.ThrowsAny<Exception>(() => NodeTest.Load(folder).Select(test => OnnxImporter.Import(Canonical.Of(test).Model, folder)).ToList());
        Assert.True(refusal is OnnxException or NotSupportedException, refusal.ToString());
        Assert.Contains(NodeTestList.DoesNotApply[name], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_node_test_of_these_operators_is_run_or_named_as_not_applying()
    {
        string package = NodeTestPackage.Require();
        string[] all = [.. Directory.GetDirectories(package).Select(f => Path.GetFileName(f)!)];
        HashSet<string> ours = [.. all.Where(name => NodeTest.IsOneNodeOf(Path.Combine(package, name), NodeTestList.Operators))];
        // The same test with the operator written as several others.
        ours.UnionWith(all.Where(name => name.IndexOf("_expanded", StringComparison.Ordinal) is > 0 and int end && ours.Contains(name[..end])).ToList());

        string[] listed = [.. NodeTestList.Run, .. NodeTestList.DoesNotApply.Keys];
        Assert.Equal(listed.Length, listed.Distinct().Count());
        string[] unlisted = [.. ours.Except(listed).Order(StringComparer.Ordinal)], gone = [.. listed.Except(ours).Order(StringComparer.Ordinal)];
        Assert.True(unlisted.Length == 0, $"{package} has node tests that are neither run nor named as not applying; add them to NodeTestList: {string.Join(", ", unlisted)}");
        Assert.True(gone.Length == 0, $"{package} does not have these node tests of NodeTestList: {string.Join(", ", gone)}");
    }

    private static void Check(string name, IDevice device, double tolerance)
    {
        foreach (NodeCase test in NodeTest.Load(Path.Combine(NodeTestPackage.Require(), name)))
        {
            Translation expected = Canonical.Of(test);
            NetworkResult actual = expected.Run(device);
            double allowed = expected.Exact ? 0 : tolerance;
            Assert.Equal(new Shape(expected.OutputShape), actual.OutputShape);
            TensorAssert.Close(expected.Output, actual.Output, allowed, $"{test.Name}: output", actual.OutputShape);
            if (expected.InputGradient is null) continue;
            Assert.NotNull(actual.InputGradient);
            TensorAssert.Close(expected.InputGradient, actual.InputGradient, allowed, $"{test.Name}: gradient of the input", new Shape(expected.InputShape));
        }
    }
}
