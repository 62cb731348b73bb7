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
        Option<double?> level = Level();
        var command = new Command("verify", """
            Checks networks, forward and backward, against reference results in double precision; any network, salt and batch.
            Of each tensor it prints three relative errors, of 64 samples, of the L2 norm and of the sum, each beside what is allowed.
            """) { files, level };
        DeviceOptions device = new DeviceOptions().AddTo(command);
        command.SetAction(parse =>
        {
            DeviceRequest request = device.Read(parse);
            string[] paths = parse.GetRequiredValue(files);
            ReferenceFile[] references = [.. paths.Select(Load)]; // all of them before the first takes its time
            using ChosenDevice chosen = DeviceFactory.Create(request);
            double used = parse.GetValue(level) ?? (chosen.Precision is { } precision ? Precisions.LevelOf(precision) : Verifier.DefaultLevel(chosen.Device));
            context.Output.WriteLine($"Device: {chosen}");
            bool passed = true;
            foreach ((string path, ReferenceFile reference) in paths.Zip(references))
            {
                context.Output.WriteLine();
                context.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{path}: {reference.Case}, batch {reference.Batch}, salt '{reference.Salt}'"));
                VerificationReport report = Verifier.Run(reference, chosen.Device, used, request.Fuse, context.Status, context.Cancellation);
                context.Status.Clear();
                Write(report, context.Output);
                passed &= report.Passed;
            }

            return CliApplication.Finish(context, chosen, passed ? CliApplication.Success : CliApplication.Failure);
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
        Description = "The level of rounding to allow for. If left out: 1e-9 on the reference device, 1e-5 for float32, 5e-4 for tf32 and float16, 4e-3 for bfloat16.",
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
