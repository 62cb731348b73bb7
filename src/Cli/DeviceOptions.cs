using System.CommandLine;
using AlexNetCuda.Cuda;

namespace AlexNetCuda.Cli;

/// <summary>The options of a verb that runs networks: the device and how it works.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<DeviceName> _device = Device();
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<Precision> _precision = Precision();
    private readonly (DeviceSwitch Switch, Option<bool> Option)[] _switches =
        [.. DeviceSwitch.All.Select(s => (s, new Option<bool>(s.Name) { Description = s.Description }))];

    private readonly Option<bool> _checks = new(DeviceRequest.ChecksOption)
    {
        Description = "The simulator: every access of a kernel is watched by all checkers, and streams for hazards; what they find fails the command. Slow.",
    };

    /// <summary>Adds the options to a verb.</summary>
    public DeviceOptions AddTo(Command command)
    {
        foreach (Option option in All) command.Add(option);
        return this;
    }

    /// <summary>The options' names that a command line has.</summary>
    public IEnumerable<string> Given(ParseResult parse) => All.Where(o => parse.GetResult(o) is { Implicit: false }).Select(o => o.Name);

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public DeviceRequest Read(ParseResult parse)
    {
        DeviceSwitch[] given = [.. _switches.Where(s => parse.GetValue(s.Option)).Select(s => s.Switch)];
        var request = new DeviceRequest
        {
            Name = parse.GetValue(_device),
            Threads = parse.GetValue(_threads) ?? 0,
            Checks = parse.GetValue(_checks),
            Cuda = new CudaDeviceOptions { Precision = parse.GetValue(_precision) },
            Switches = given,
        };
        request = given.Aggregate(request, (r, one) => one.Apply(r));
        try
        {
            request.Validate();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e);
        }

        return request;
    }

    private IEnumerable<Option> All => [_device, _threads, _precision, .. _switches.Select(s => s.Option), _checks];

    private static Option<DeviceName> Device() => new("--device")
    {
        Description = $"The device: {string.Join(", ", DeviceName.Forms)}. 'auto' is cuda where it works, else cpu; cuda:1 is the second GPU; sim:75 is the CUDA device on a simulated sm_75.",
        HelpName = "NAME",
        DefaultValueFactory = _ => default,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!DeviceName.TryParse(text, out DeviceName name)) result.AddError(DeviceName.Refusal(text));
            return name;
        },
    };

    private static Option<Precision> Precision() => new(Precisions.Option)
    {
        Description = $"CUDA: what is computed with: {string.Join(", ", Precisions.Names)}. Weights, sums and losses are kept in float32 in each.",
        HelpName = "P",
        DefaultValueFactory = _ => Cuda.Precision.Float32,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!Precisions.TryParse(text, out Precision precision)) result.AddError(Precisions.Refusal(text));
            return precision;
        },
    };
}
