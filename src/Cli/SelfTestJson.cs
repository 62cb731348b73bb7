using System.Text.Json;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.KernelTools.SelfTesting;

namespace AlexNetCuda.Cli;

/// <summary>The report of a self-test as <c>alexnet selftest --json</c> writes it. docs/selftest.md describes it: names stay, others may come.</summary>
internal static class SelfTestJson
{
    public static object Of(SelfTestReport report, CudaDiagnosis diagnosis, bool simulated) => new
    {
        CliApplication.Version,
        report.Passed,
        report.Device,
        report.Precisions,
        report.Notes,
        report.Seconds,
        Counts = new
        {
            Passed = report.Count(CheckOutcome.Passed),
            Failed = report.Count(CheckOutcome.Failed),
            NotOffered = report.Count(CheckOutcome.NotOffered),
            NotRun = report.Count(CheckOutcome.NotRun),
        },
        Groups = report.Groups.Select(group => new { group.Name, group.Seconds, Results = group.Results.Select(Result) }),
        Doctor = DoctorJson.Of(diagnosis, simulated),
    };

    // JSON has no infinity: an error that is none, or has no bound, is left out.
    private static object Result(CheckResult result) => new
    {
        result.Name,
        result.Against,
        Outcome = JsonNamingPolicy.CamelCase.ConvertName(result.Outcome.ToString()),
        Error = result.Error is { } error && double.IsFinite(error) ? error : (double?)null,
        result.Allowed,
        result.Detail,
    };
}
