using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Microsoft's ONNX Runtime, as the npm package onnxruntime-node, where it is installed.</summary>
internal static class OnnxRuntime
{
    /// <summary>The environment variable that names the folder whose node_modules holds onnxruntime-node.</summary>
    public const string Variable = "ALEXNETCUDA_ONNXRUNTIME";

    /// <summary>The folder whose node_modules holds onnxruntime-node; skips the test, with the reason, where there is none.</summary>
    public static string Require()
    {
        (string? folder, string reason) = Find(Environment.GetEnvironmentVariable(Variable), Path.Combine(TestData.RepositoryRoot, "artifacts", "onnxruntime"));
        if (folder is null) Assert.Skip(reason);
        return folder;
    }

    /// <summary>The folder, or null and the reason why there is none.</summary>
    /// <param name="variable">The value of the environment variable. A folder that it names and that has no onnxruntime-node is a mistake, no absence.</param>
    /// <param name="usual">Where to look if the variable is not set.</param>
    /// <exception cref="DirectoryNotFoundException">The folder that the variable names has no onnxruntime-node.</exception>
    public static (string? Folder, string Reason) Find(string? variable, string usual)
    {
        if (!string.IsNullOrEmpty(variable))
            return Has(variable) ? (variable, "") : throw new DirectoryNotFoundException($"{Variable} names '{variable}', which has no node_modules/onnxruntime-node.");
        return Has(usual)
            ? (usual, "")
            : (null, $"There is no onnxruntime-node in {usual}: run 'npm install --ignore-scripts onnxruntime-node' there, or set {Variable} to a folder with it.");
    }

    /// <summary>Runs models, each with one batch of images, in one process.</summary>
    /// <param name="folder">What <see cref="Require"/> gave.</param>
    /// <param name="work">A folder for its files.</param>
    /// <param name="jobs">The models' paths, and images with their shape.</param>
    /// <returns>The outputs in row-major order.</returns>
    public static IReadOnlyList<double[]> Run(string folder, string work, IReadOnlyList<(string Model, double[] Images, Shape Shape)> jobs)
    {
        string list = Path.Combine(work, "jobs.json");
        string File_(int job, string kind) => Path.Combine(work, $"{job}.{kind}");
        for (int i = 0; i < jobs.Count; i++)
            File.WriteAllBytes(File_(i, "input"), MemoryMarshal.AsBytes<float>(jobs[i].Images.Select(v => (float)v).ToArray()).ToArray());
        File.WriteAllText(list, JsonSerializer.Serialize(jobs.Select((job, i) => new { model = job.Model, input = File_(i, "input"), shape = job.Shape.ToArray(), output = File_(i, "output") })));

        var start = new ProcessStartInfo("node", [Path.Combine(TestData.RepositoryRoot, "tests", "Onnx", "onnxruntime.js"), list]) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["NODE_PATH"] = Path.Combine(folder, "node_modules");
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ONNX Runtime: {errors}");
        return [.. jobs.Select((_, i) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(File_(i, "output"))).ToArray().Select(v => (double)v).ToArray())];
    }

    private static bool Has(string folder) => Directory.Exists(Path.Combine(folder, "node_modules", "onnxruntime-node"));
}
