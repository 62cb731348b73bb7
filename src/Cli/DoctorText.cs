using System.Globalization;
using AlexNetCuda.Cuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>A diagnosis for people: plain text, aligned.</summary>
internal static class DoctorText
{
    private const int Width = 120;
    private const string Nothing = "-";

    public static void Write(CudaDiagnosis diagnosis, bool simulated, TextWriter output)
    {
        var auto = AutoDevice.Of(diagnosis);
        if (simulated) output.WriteLine("Examined: the simulated CUDA, not this machine's.");
        WriteWrapped(output, "", $"Device 'auto' is {auto.Device}: {auto.Reason}.");
        output.WriteLine();
        WriteLibraries(diagnosis.Facts, simulated, output);
        if (diagnosis.Facts.Devices.Count > 0)
        {
            output.WriteLine();
            WriteDevices(diagnosis.Facts, output);
        }

        output.WriteLine();
        foreach (CudaFinding finding in diagnosis.Findings)
        {
            WriteWrapped(output, finding.Severity.ToString().ToLowerInvariant().PadRight(9), finding.Text);
            if (finding.Remedy is { } remedy) WriteWrapped(output, new string(' ', 9), remedy);
        }

        WriteSearch(diagnosis.Facts, output);
    }

    private static void WriteLibraries(CudaFacts facts, bool simulated, TextWriter output)
    {
        TextTable table = new TextTable().Text("library").Text("version").Text("CUDA").Text("path");
        foreach (CudaLibraryFacts library in facts.Libraries)
        {
            string absent = library.Search?.Rejected.Count > 0 ? "none that serves" : simulated ? "not simulated" : "not found";
            table.Row(
                library.Name,
                library.Version?.ToString() ?? Nothing,
                library.CudaVersion?.ToString() ?? Nothing,
                !library.IsUsable ? absent
                    : library.Path is not { } path ? simulated ? "simulated" : Nothing
                    : library.File is { } file ? $"{path} -> {Path.GetFileName(file)}"
                    : path);
        }

        table.Write(output);
    }

    private static void WriteDevices(CudaFacts facts, TextWriter output)
    {
        TextTable table = new TextTable().Number("device").Text("name").Number("capability").Number("memory").Number("free").Number("SMs").Number("clock")
            .Number("memory clock").Number("bus").Number("L2").Text("at");
        foreach (CudaDeviceFacts device in facts.Devices)
        {
            table.Row(
                Count(device.Ordinal, ""), device.Name, device.Capability?.ToString() ?? Nothing, Gibibytes(device.MemoryBytes), Gibibytes(device.FreeBytes),
                Count(device.Multiprocessors, ""), Count(device.ClockKilohertz / 1000, " MHz"), Count(device.MemoryClockKilohertz / 1000, " MHz"),
                Count(device.MemoryBusBits, " bits"), Count(device.L2Bytes / 1024, " KiB"), device.PciBusId ?? Nothing);
        }

        table.Write(output);
    }

    /// <summary>Where the libraries that lack were looked for: every place once, with the libraries where not all were looked for there.</summary>
    private static void WriteSearch(CudaFacts facts, TextWriter output)
    {
        CudaLibraryFacts[] lacking = [.. facts.Libraries.Where(l => l is { IsUsable: false, Search: not null })];
        if (lacking.Length == 0) return;
        output.WriteLine();
        TextTable names = new TextTable().Text("looked for").Text("as");
        foreach (CudaLibraryFacts library in lacking) names.Row(library.Name, string.Join(", ", library.Search!.Names));
        names.Write(output);
        output.WriteLine();
        TextTable places = new TextTable().Text("in").Text("for");
        foreach (string place in lacking.SelectMany(l => l.Search!.Tried).Distinct(StringComparer.Ordinal))
        {
            CudaLibraryFacts[] there = [.. lacking.Where(l => l.Search!.Tried.Contains(place, StringComparer.Ordinal))];
            places.Row(place, there.Length == lacking.Length ? "all" : string.Join(", ", there.Select(l => l.Name)));
        }

        places.Write(output);
    }

    /// <summary>Writes a text after a heading, broken between words; what follows is as far in as the heading is wide.</summary>
    private static void WriteWrapped(TextWriter output, string heading, string text)
    {
        string indent = new(' ', heading.Length);
        string line = heading;
        foreach (string word in text.Split(' ', '\n').Where(w => w.Length > 0))
        {
            if (line.Length > indent.Length && line.Length + 1 + word.Length > Width)
            {
                output.WriteLine(line);
                line = indent;
            }

            line = line.Length > indent.Length ? $"{line} {word}" : line + word;
        }

        output.WriteLine(line);
    }

    private static string Gibibytes(long? bytes) =>
        bytes is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / (double)(1L << 30):F1} GiB") : Nothing;

    private static string Count(int? number, string unit) => number is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known}{unit}") : Nothing;
}
