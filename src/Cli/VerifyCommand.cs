using System.CommandLine;
using System.Globalization;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet verify</c>: a network against a reference result.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandContext context)
    {
        var files = new Argument<string[]>("REFERENCE.json")
        {
            Description = "Reference results, as tests/data/golden/make_golden.py makes them.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> device = CommonOptions.Device();
        Option<double?> level = Level();
        Option<int?> threads = CommonOptions.Threads();
        var command = new Command("verify", """
            Checks networks, forward and backward, against reference results in double precision; any network, salt and batch.
            Of each tensor it prints three relative errors, of 64 samples, of the L2 norm and of the sum, each beside what is allowed.
            """) { files, device, level, threads };
        command.SetAction(parse =>
        {
            string[] paths = parse.GetRequiredValue(files);
            ReferenceFile[] references = [.. paths.Select(Load)]; // all of them before the first takes its time
            using ChosenDevice chosen = DeviceFactory.Create(parse.GetRequiredValue(device), parse.GetValue(threads) ?? 0);
            context.Output.WriteLine($"Device: {chosen}");
            bool passed = true;
            foreach ((string path, ReferenceFile reference) in paths.Zip(references))
            {
                context.Output.WriteLine();
                context.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{path}: {reference.Case}, batch {reference.Batch}, salt '{reference.Salt}'"));
                VerificationReport report = Verifier.Run(reference, chosen.Device, parse.GetValue(level), context.Status, context.Cancellation);
                context.Status.Clear();
                Write(report, context.Output);
                passed &= report.Passed;
            }

            return passed ? CliApplication.Success : CliApplication.Failure;
        });
        return command;
    }

    private static ReferenceFile Load(string path)
    {
        try
        {
            return ReferenceFile.Load(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"{path}: there is no such file.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandException($"{path}: it is a folder, or may not be read.", e);
        }
    }

    private static void Write(VerificationReport report, TextWriter output)
    {
        TextTable table = new TextTable().Text("tensor").Number("samples").Number("allowed").Number("l2").Number("allowed").Number("sum").Number("allowed").Text("");
        foreach (VerificationRow row in report.Rows)
        {
            table.Row(
                row.Name, Error(row.Errors.Samples), Error(row.Allowed.Samples), Error(row.Errors.L2), Error(row.Allowed.L2),
                Error(row.Errors.Sum), Error(row.Allowed.Sum), row.Passed ? "passed" : "FAILED");
        }

        table.Write(output);
        string level = report.Level.ToString("0.###e-00", CultureInfo.InvariantCulture);
        int failed = report.Rows.Count(r => !r.Passed);
        output.WriteLine(report.Passed
            ? $"{report.File.Case} passed at level {level}."
            : string.Create(CultureInfo.InvariantCulture, $"{report.File.Case} FAILED at level {level}: {failed} of {report.Rows.Count} tensors."));
    }

    private static string Error(double error) => error.ToString("0.0e-00", CultureInfo.InvariantCulture);

    private static Option<double?> Level() => new("--level")
    {
        Description = "The level of rounding to allow for: 1e-9 on the reference device, else 1e-5 (float32) if left out.",
        HelpName = "L",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double level) || !(level > 0 && level < 1))
                result.AddError($"--level is a number above 0 and below 1, not '{text}'.");
            return level;
        },
    };
}
