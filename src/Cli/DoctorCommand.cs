using System.CommandLine;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet doctor</c>: what this machine has of CUDA, what is wrong with it, and which device is chosen for the user.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var json = new Option<bool>("--json") { Description = "Writes JSON instead of tables." };
        var device = new Option<DeviceName?>("--device")
        {
            Description = $"{string.Join(", ", DeviceName.SimulatorForms)}: examines a simulated CUDA instead of the machine's.",
            HelpName = DeviceName.Simulator,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (DeviceName.TryParse(text, out DeviceName name) && name.Kind == DeviceKind.Simulator) return name;
                result.AddError($"--device can only be {string.Join(", ", DeviceName.SimulatorForms)}, not '{text}': without it the machine's own CUDA is examined.");
                return null;
            },
        };
        var command = new Command("doctor", """
            Says what this machine has of CUDA (driver, devices, libraries), what is wrong and how to mend it, and which device 'auto' takes.
            Ends with 0 when it could look, whatever it found.
            """) { json, device };
        command.SetAction(parse =>
        {
            DeviceName? named = parse.GetValue(device);
            bool simulated = named is not null;
            CudaDiagnosis diagnosis = named is { } name ? ExamineSimulator(name) : CudaDoctor.Judge(CudaSurvey.Look(CudaLibraries.Find(), Environment.GetEnvironmentVariable));
            if (parse.GetValue(json)) context.Output.WriteLine(Json.Serialize(DoctorJson.Of(diagnosis, simulated)));
            else DoctorText.Write(diagnosis, simulated, context.Output);
            return CliApplication.Success;
        });
        return command;
    }

    // The environment's variables are the real libraries': the simulated ones have options in their place.
    private static CudaDiagnosis ExamineSimulator(DeviceName name)
    {
        using var machine = new SimulatedMachine(name.Number, threads: 0);
        return CudaDoctor.Judge(CudaSurvey.Look(machine.Libraries, _ => null));
    }
}
