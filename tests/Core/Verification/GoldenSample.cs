using System.Text.Json.Nodes;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Initialization;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;

namespace AlexNetCuda.Core.Tests;

/// <summary>
/// A reference file of alexnet-conv over small images, made here by the reference device and by formulas of make_golden.py that are written anew:
/// what the verifier does with right and with wrong files shows on it in little time.
/// </summary>
public sealed class GoldenSample
{
    public const int Size = 57, Batch = 1; // the smallest that alexnet-conv admits

    private readonly JsonObject _json;

    public GoldenSample()
    {
        Network network = NetworkZoo.Create("alexnet-conv", new NetworkOptions { InputSize = Size });
        using var device = new ReferenceDevice(2);
        using Executable executable = network.Compile(
            device, network.CreateParameters(initializer: new ReferenceInitializer("sample/")),
            new CompileOptions { Batch = Batch, Mode = ExecutionMode.Gradients, InputGradient = true });
        var images = new float[Batch * 3 * Size * Size];
        ReferenceInitializer.Fill(images, 0, "sample/input", 1);
        executable.SetInput(images);
        executable.ForwardBackward();
        NetworkResult result = NetworkRunner.Read(executable);
        var gradients = new JsonObject();
        foreach (ParameterInfo p in network.Parameters) gradients[p.Name] = Describe(p.Shape, result.Gradients[p.Name]);
        _json = new JsonObject
        {
            ["case"] = "alexnet-conv",
            ["salt"] = "sample/",
            ["batch"] = Batch,
            ["input_size"] = Size,
            ["loss_kind"] = "l2",
            ["loss"] = result.Loss,
            ["loss_sensitivity"] = new JsonObject(),
            ["parameters"] = 2_469_696,
            ["output"] = Describe(result.OutputShape, result.Output),
            ["input_gradient"] = Describe(network.InputShape(Batch), result.InputGradient!),
            ["gradients"] = gradients,
        };
    }

    /// <summary>The file's content, to be changed at will.</summary>
    public JsonObject Json() => (JsonObject)_json.DeepClone();

    private static JsonObject Describe(Shape shape, double[] values) => new()
    {
        ["shape"] = new JsonArray([.. shape.ToArray().Select(d => JsonValue.Create(d))]),
        ["sum"] = values.Sum(),
        ["l2"] = Math.Sqrt(values.Sum(v => v * v)),
        ["samples"] = new JsonArray([.. Enumerable.Range(0, 64).Select(k => JsonValue.Create(values[(int)((long)k * values.Length / 64)]))]),
        ["sensitivity"] = new JsonObject(),
    };

    /// <summary>Calls with the path of a file of this text, which exists meanwhile.</summary>
    public static T WithFile<T>(string text, Func<string, T> use)
    {
        string path = Path.Combine(Path.GetTempPath(), $"reference-{Guid.NewGuid():n}.json");
        try
        {
            File.WriteAllText(path, text);
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static ReferenceFile Load(JsonObject json) => WithFile(json.ToJsonString(), ReferenceFile.Load);
}
