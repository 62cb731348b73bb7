using System.Globalization;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.KernelTools.SelfTesting;

namespace AlexNetCuda.Cli;

/// <summary>The report of a self-test as text: what the machine has, a line for each result, and a summary.</summary>
internal static class SelfTestText
{
    public static void Write(SelfTestReport report, CudaDiagnosis diagnosis, bool simulated, TextWriter output)
    {
        output.WriteLine($"alexnet selftest {CliApplication.Version}, {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC");
        output.WriteLine($"Device: {report.Device}{(simulated ? ", simulated" : "")}; {string.Join(", ", report.Precisions)}");
        foreach (string note in report.Notes) output.WriteLine($"Note: {note}");
        output.WriteLine();
        DoctorText.Write(diagnosis, simulated, output);
        foreach (GroupResult group in report.Groups)
        {
            output.WriteLine();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{group.Name}: {Counts(group.Count)}, {group.Seconds:F1} s"));
            TextTable table = new TextTable().Text("check").Text("against").Number("error").Number("allowed").Text("").Text("");
            foreach (CheckResult result in group.Results)
                table.Row(result.Name, result.Against, Error(result.Error), Error(result.Allowed), Name(result.Outcome), result.Detail.ReplaceLineEndings(" "));
            table.Write(output);
        }

        output.WriteLine();
        foreach (CheckResult result in report.Groups.SelectMany(group => group.Results).Where(result => result.Outcome == CheckOutcome.Failed))
            output.WriteLine($"FAILED {result.Group}: {result.Name}{(result.Detail.Length == 0 ? "" : ": ")}{result.Detail.ReplaceLineEndings(" ")}");
        output.WriteLine(Summary(report));
    }

    /// <summary>A line that says how it went.</summary>
    public static string Summary(SelfTestReport report) => string.Create(
        CultureInfo.InvariantCulture, $"{(report.Passed ? "Passed" : "FAILED")}: {Counts(report.Count)}, in {report.Seconds:F0} s.");

    /// <summary>An outcome in a word.</summary>
    public static string Name(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Passed => "passed",
        CheckOutcome.Failed => "FAILED",
        CheckOutcome.NotOffered => "not offered",
        _ => "not run",
    };

    private static string Counts(Func<CheckOutcome, int> count) => string.Join(", ", Enum.GetValues<CheckOutcome>()
        .Where(outcome => outcome == CheckOutcome.Passed || count(outcome) > 0)
        .Select(outcome => string.Create(CultureInfo.InvariantCulture, $"{count(outcome)} {Name(outcome)}")));

    private static string Error(double? error) => error switch
    {
        null => "-",
        0 => "0",
        { } some => some.ToString("0.0e-00", CultureInfo.InvariantCulture),
    };
}
