using System.Collections.Concurrent;
using System.Diagnostics;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>
/// Every call that compiling <c>alexnet-same</c> in reduced width, two training steps and their end make, failed in every way: one exception that says which call,
/// nothing hangs, nothing is left behind, and what follows in the process works.
/// </summary>
public sealed class EveryCallTests
{
    // The status of the driver, of cuBLAS and of cuDNN, and what every context is broken with.
    private static readonly (string Name, int Driver, int Blas, int Dnn, int Breaks)[] Ways =
    [
        ("out of memory", 2, 3, 4000, 0),
        ("launch failed", 719, 13, 5000, 0),
        ("invalid value", 1, 7, 2000, 0),
        ("context lost", 700, 14, 5000, 700),
    ];

    // Which cases are tried: 3/17 is every 17th, from the third on (an odd number, for each call has its four ways in a row), 1 is all of them.
    private static readonly string Asked = Environment.GetEnvironmentVariable("ALEXNETCUDA_TESTS_EVERY_CALL") ?? "1/175";

    [Fact]
    public void Every_call_may_fail_in_every_way()
    {
        using var program = new FaultyProgram(Narrow.Create("alexnet-same", part: 32), steps: 2); // a list, then a capture and its graph
        using var clean = new SimulatedCuda(new SimulatorOptions { Workers = 1 });
        FaultyProgram.Outcome expected = program.Run(clean);
        Assert.Empty(expected.Errors);
        using var again = new SimulatedCuda(new SimulatorOptions { Workers = 1 });
        double second = program.RunAgain(again).Loss;
        List<(string Function, int Call, int Way)> all =
        [
            .. from function in clean.Counters.Calls.OrderBy(f => f.Key, StringComparer.Ordinal)
               from call in Enumerable.Range(1, (int)function.Value)
               from way in Enumerable.Range(0, Ways.Length)
               select (function.Key, call, way),
        ];
        int[] part = [.. Asked.Split('/').Select(int.Parse)];
        (int first, int stride) = (part[0] - 1, part.Length == 1 ? 1 : part[1]);
        List<(string Function, int Call, int Way)> tried = [.. all.Where((_, i) => i % stride == first)];
        var failures = new ConcurrentBag<string>();
        var watch = Stopwatch.StartNew();
        Parallel.ForEach(tried, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, one =>
        {
            if (Try(program, one.Function, one.Call, one.Way, expected.Loss, second) is { } failure) failures.Add(failure);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count / Ways.Length} calls in {Ways.Length} ways, {tried.Count} cases tried in {watch.Elapsed.TotalSeconds:f0} s");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {tried.Count} cases:\n{string.Join("\n===\n", failures.Order(StringComparer.Ordinal).Take(20))}");
    }

    /// <summary>What is wrong with the end of a case; null where nothing is.</summary>
    private static string? Try(FaultyProgram program, string function, int call, int way, double expected, double second)
    {
        (string name, int driver, int blas, int dnn, int breaks) = Ways[way];
        int status = function.StartsWith("cudnn", StringComparison.Ordinal) ? dnn : function.StartsWith("cublas", StringComparison.Ordinal) ? blas : driver;
        string where = $"{function}, call {call}, {name}";
        using var machine = new SimulatedCuda(new SimulatorOptions { Workers = 1, Faults = [new InjectedFault(function, call, status) { BreaksContextWith = breaks }] });
        FaultyProgram.Outcome outcome = program.Run(machine);
        try
        {
            Assert.True(outcome.Errors.Count <= 1, $"{where}: {string.Join("\n---\n", outcome.Errors)}");
            if (outcome.Errors.Count == 1) FaultyProgram.CheckMessage(outcome.Errors[0], function, where, breaks);
            else Assert.True(outcome.Loss == expected, $"{where}: nothing was thrown, but the loss is {outcome.Loss}, not {expected}");
            Assert.True(machine.Leaks().Count <= FaultyProgram.Leaks(function), $"{where}: {string.Join('\n', machine.Leaks())}\n{string.Join('\n', outcome.Errors)}");
            // A context that is lost and was not given back stays lost, until it is reset.
            if (breaks != 0 && function == "cuDevicePrimaryCtxRelease_v2") Assert.Equal(CUresult.Success, machine.Driver.DevicePrimaryCtxReset(0));
            FaultyProgram.Outcome next = program.RunAgain(machine);
            Assert.True(next.Errors.Count == 0 && next.Loss == second, $"after {where}: {next.Loss}, not {second}: {string.Join('\n', next.Errors)}");
            return null;
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            return failure.Message;
        }
    }
}
