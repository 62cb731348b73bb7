using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>
/// Random programs over several streams: with an event wait for every conflict they give what one stream gives, whatever the order
/// drawn and also as a graph; with one wait left out, that is reported.
/// </summary>
public sealed unsafe class DriverOrderTests
{
    private const int Cells = 6;
    private const int Streams = 3;

    private sealed record Step(int Stream, int From, int To);

    private static List<Step> Program(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => new Step(random.Next(Streams), random.Next(Cells), random.Next(Cells)))];

    private static bool Conflict(Step a, Step b) => a.To == b.To || a.To == b.From || a.From == b.To;

    /// <summary>The pairs of steps of different streams that must wait for each other, all of them.</summary>
    private static List<(int Earlier, int Later)> Waits(List<Step> program) =>
    [
        .. from later in Enumerable.Range(0, program.Count)
           from earlier in Enumerable.Range(0, later)
           where program[earlier].Stream != program[later].Stream && Conflict(program[earlier], program[later])
           select (earlier, later),
    ];

    private static float[] Expected(List<Step> program)
    {
        float[] cells = [.. Enumerable.Range(1, Cells).Select(i => (float)i)];
        foreach (Step step in program) cells[step.To] = cells[step.From] * 3;
        return [.. cells.Select(c => c % 10007)];
    }

    /// <summary>Puts a program into streams: cell[to] = 3 cell[from], a kernel launch each.</summary>
    private static void Put(TestMachine machine, CUfunction scale, ulong cells, List<Step> program, IEnumerable<(int Earlier, int Later)> waits, CUstream[] streams)
    {
        var marks = new CUevent[program.Count];
        ILookup<int, int> before = waits.ToLookup(w => w.Later, w => w.Earlier);
        for (int i = 0; i < program.Count; i++)
        {
            (int stream, int from, int to) = program[i];
            foreach (int earlier in before[i]) Ok(machine.Driver.StreamWaitEvent(streams[stream], marks[earlier], 0));
            Ok(machine.Launch(scale, 1, 1, streams[stream], cells + ((ulong)from * 4), cells + ((ulong)to * 4), SmallPtx.Bits(3), 1));
            marks[i] = machine.Event(CUeventFlags.DisableTiming);
            Ok(machine.Driver.EventRecord(marks[i], streams[stream]));
        }
    }

    private static (TestMachine Machine, CUfunction Scale, ulong Cells, CUstream[] Streams) Open(int seed)
    {
        var machine = new TestMachine(new SimulatorOptions { Seed = seed, ReportHazards = true });
        ulong cells = machine.Allocate(Enumerable.Range(1, Cells).Select(i => (float)i).ToArray());
        return (machine, machine.Function(machine.Load(SmallPtx.Text), "scale"), cells, [.. Enumerable.Range(0, Streams).Select(_ => machine.Stream())]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Programs_with_all_their_waits_give_what_one_stream_gives(int seed)
    {
        var random = new Random(seed + 100);
        for (int n = 0; n < 10; n++)
        {
            List<Step> program = Program(random, 20);
            (TestMachine machine, CUfunction scale, ulong cells, CUstream[] streams) = Open(seed);
            using TestMachine _ = machine;
            Put(machine, scale, cells, program, Waits(program), streams);
            Ok(machine.Driver.CtxSynchronize());
            Assert.Equal(Expected(program), machine.Read(cells, Cells).Select(c => c % 10007));
            Assert.Empty(machine.Cuda.Reports);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void So_do_their_graphs(int seed)
    {
        var random = new Random(seed + 200);
        for (int n = 0; n < 10; n++)
        {
            List<Step> program = Program(random, 20);
            (TestMachine machine, CUfunction scale, ulong cells, CUstream[] streams) = Open(seed);
            using TestMachine _ = machine;
            CUevent mark = machine.Event();
            Ok(machine.Driver.StreamBeginCapture(streams[0], CUstreamCaptureMode.ThreadLocal));
            Ok(machine.Driver.EventRecord(mark, streams[0]));
            foreach (CUstream branch in streams.Skip(1)) Ok(machine.Driver.StreamWaitEvent(branch, mark, 0));
            Put(machine, scale, cells, program, Waits(program), streams);
            foreach (CUstream branch in streams.Skip(1))
            {
                Ok(machine.Driver.EventRecord(mark, branch));
                Ok(machine.Driver.StreamWaitEvent(streams[0], mark, 0));
            }

            CUgraphExec executable = machine.Instantiate(machine.EndCapture(streams[0]));
            Ok(machine.Driver.GraphLaunch(executable, streams[0]));
            Ok(machine.Driver.GraphLaunch(executable, streams[1]));
            Ok(machine.Driver.CtxSynchronize());
            Assert.Equal(Expected([.. program, .. program]), machine.Read(cells, Cells).Select(c => c % 10007));
            Assert.Empty(machine.Cuda.Reports);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_wait_that_is_left_out_is_reported_unless_others_stand_in_for_it(int seed)
    {
        var random = new Random(seed + 300);
        int reported = 0;
        for (int n = 0; n < 30; n++)
        {
            List<Step> program = Program(random, 8);
            List<(int Earlier, int Later)> waits = Waits(program);
            if (waits.Count == 0) continue;
            (int Earlier, int Later) missing = waits[random.Next(waits.Count)];
            waits.Remove(missing);
            (TestMachine machine, CUfunction scale, ulong cells, CUstream[] streams) = Open(seed);
            using TestMachine _ = machine;
            Put(machine, scale, cells, program, waits, streams);
            Ok(machine.Driver.CtxSynchronize());
            bool ordered = Reaches(program, waits, missing.Earlier, missing.Later);
            Assert.Equal(ordered, machine.Cuda.Reports.Count == 0);
            if (!ordered) reported++;
        }

        Assert.True(reported > 3);
    }

    /// <summary>Whether streams and waits order one step before another.</summary>
    private static bool Reaches(List<Step> program, List<(int Earlier, int Later)> waits, int from, int to)
    {
        var reached = new bool[program.Count];
        reached[from] = true;
        for (int i = from + 1; i <= to; i++)
        {
            reached[i] = Enumerable.Range(from, i - from).Any(j =>
                reached[j] && (program[j].Stream == program[i].Stream || waits.Contains((j, i))));
        }

        return reached[to];
    }
}
