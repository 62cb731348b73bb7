using Xunit;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Finds ONNX's node tests, which Debian's package libonnx-testdata installs.</summary>
internal static class NodeTestPackage
{
    /// <summary>The environment variable that names the folder of node tests (the one with test_relu in it), where the package is unpacked elsewhere.</summary>
    public const string Variable = "ALEXNETCUDA_ONNX_NODE_TESTS";

    /// <summary>Where the package installs them.</summary>
    public const string Installed = "/usr/share/libonnx-testdata/data/node";

    /// <summary>The folder of node tests; skips the test, with the reason, where there is none.</summary>
    public static string Require()
    {
        (string? folder, string reason) = Find(Environment.GetEnvironmentVariable(Variable), Installed);
        if (folder is null) Assert.Skip(reason);
        return folder;
    }

    /// <summary>The folder, or null and the reason why there is none.</summary>
    /// <param name="variable">The value of the environment variable. A folder that it names and that is not there is a mistake, no absence.</param>
    /// <param name="installed">Where to look if the variable is not set.</param>
    /// <exception cref="DirectoryNotFoundException">The variable names no folder.</exception>
    public static (string? Folder, string Reason) Find(string? variable, string installed)
    {
        if (!string.IsNullOrEmpty(variable))
            return Directory.Exists(variable) ? (variable, "") : throw new DirectoryNotFoundException($"{Variable} names '{variable}', where there is no folder.");
        return Directory.Exists(installed)
            ? (installed, "")
            : (null, $"There is no {installed}: install Debian's package libonnx-testdata, or set {Variable} to its folder data/node.");
    }
}
