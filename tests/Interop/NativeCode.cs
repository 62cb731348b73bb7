using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>Small shared libraries that tests have gcc build.</summary>
internal static class NativeCode
{
    // Tests place the same library in many folders: it is built once.
    private static readonly ConcurrentDictionary<string, byte[]> s_built = new(StringComparer.Ordinal);

    /// <summary>Builds a shared library of C; skips the test where gcc is absent.</summary>
    internal static string BuildOrSkip(string folder, string fileName, string source, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "these libraries are built for Linux");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, fileName);
        var key = string.Join('\n', [source, .. options]);
        if (s_built.TryGetValue(key, out var built))
        {
            File.WriteAllBytes(path, built);
            return path;
        }

        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O0", "-w", "-o", path, "-x", "c", "-", "-x", "none", .. options])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var gcc = Process.Start(start)!;
            gcc.StandardInput.Write(source);
            gcc.StandardInput.Close();
            var errors = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            Assert.True(gcc.ExitCode == 0, errors);
            s_built[key] = File.ReadAllBytes(path);
        }
        catch (Win32Exception)
        {
            Assert.Skip("gcc is absent");
        }

        return path;
    }
}
