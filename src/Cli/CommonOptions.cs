using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AlexNetCuda.Cpu;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cli;

/// <summary>Options and arguments that several verbs have.</summary>
internal static class CommonOptions
{
    private const int LargestBatch = 1 << 20;
    private const int LargestInput = 4096;

    public static Option<int> Batch(int fallback) => Number("--batch", "The number of images of a batch.", 1, LargestBatch, fallback);

    public static Option<int?> InputSize() =>
        OptionalNumber("--input-size", "Rows and columns of an image; the original's if left out.", "S", 1, LargestInput);

    public static Option<int?> Threads() => OptionalNumber("--threads", "The number of threads; one a core if left out.", "N", 1, CpuDeviceOptions.MostThreads);

    /// <summary>An option of a whole number within bounds.</summary>
    public static Option<int> Number(string name, string description, int minimum, int maximum, int fallback) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Parse(result, name, minimum, maximum),
    };

    /// <summary>An option of any non-negative number of 64 bits.</summary>
    public static Option<ulong> Seed() => new("--seed")
    {
        Description = "The seed of parameters, images, labels and dropout.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        CustomParser = result =>
        {
            if (!ulong.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
                result.AddError($"--seed is a whole number from 0 to {ulong.MaxValue}, not '{result.Tokens[0].Value}'.");
            return seed;
        },
    };

    /// <summary>A network of the zoo by its name and input size.</summary>
    /// <exception cref="UsageException">There is none of that name, or its layers do not admit the size.</exception>
    public static Network CreateNetwork(string name, int? inputSize)
    {
        try
        {
            return NetworkZoo.Create(name, new NetworkOptions { InputSize = inputSize });
        }
        catch (ShapeException e)
        {
            throw new UsageException($"Network '{name}' cannot have an input size of {inputSize}. {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>An option of a whole number within bounds that may be left out.</summary>
    public static Option<int?> OptionalNumber(string name, string description, string helpName, int minimum, int maximum) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => Parse(result, name, minimum, maximum),
    };

    private static int Parse(ArgumentResult result, string name, int minimum, int maximum)
    {
        string text = result.Tokens[0].Value;
        bool valid = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum;
        if (!valid) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a whole number from {minimum} to {maximum}, not '{text}'."));
        return number;
    }
}
