using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>Small shared libraries that tests have gcc build.</summary>
internal static class NativeCode
{
    /// <summary>Builds a shared library of C; skips the test where gcc is absent.</summary>
    internal static string BuildOrSkip(string folder, string fileName, string source, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "these libraries are built for Linux");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, fileName);
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O0", "-w", "-o", path, .. options, "-x", "c", "-"])
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
        }
        catch (Win32Exception)
        {
            Assert.Skip("gcc is absent");
        }

        return path;
    }
}
