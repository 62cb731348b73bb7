using System.CommandLine;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;
using AlexNetCuda.Simulator;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet doctor</c>: what this machine has of CUDA, what is wrong with it, and which device is chosen for the user.</summary>
internal static class DoctorCommand
{
    private const string Simulated = "sim";

    public static Command Create(CommandContext context)
    {
        var json = new Option<bool>("--json") { Description = "Writes JSON instead of tables." };
        var device = new Option<string?>("--device")
        {
            Description = $"'{Simulated}' examines the simulated CUDA instead of the machine's.",
            HelpName = Simulated,
        };
        device.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value != Simulated)
                result.AddError($"--device can only be '{Simulated}', not '{result.Tokens[0].Value}': without it the machine's own CUDA is examined.");
        });
        var command = new Command("doctor", """
            Says what this machine has of CUDA (driver, devices, libraries), what is wrong and how to mend it, and which device 'auto' takes.
            Ends with 0 when it could look, whatever it found.
            """) { json, device };
        command.SetAction(parse =>
        {
            bool simulated = parse.GetValue(device) == Simulated;
            CudaDiagnosis diagnosis = simulated ? ExamineSimulator() : CudaDoctor.Judge(CudaSurvey.Look(CudaLibraries.Find(), Environment.GetEnvironmentVariable));
            if (parse.GetValue(json)) context.Output.WriteLine(Json.Serialize(DoctorJson.Of(diagnosis, simulated)));
            else DoctorText.Write(diagnosis, simulated, context.Output);
            return CliApplication.Success;
        });
        return command;
    }

    // The environment's variables are the real libraries': the simulated ones have options in their place.
    private static CudaDiagnosis ExamineSimulator()
    {
        using var cuda = new SimulatedCuda();
        return CudaDoctor.Judge(CudaSurvey.Look(cuda.Libraries, _ => null));
    }
}
