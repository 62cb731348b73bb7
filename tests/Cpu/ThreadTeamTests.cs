using Xunit;

namespace AlexNetCuda.Cpu.Tests;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_runs_once_in_every_run(int size)
    {
        using var team = new ThreadTeam(size);
        for (int run = 0; run < 300; run++)
        {
            var task = new CountingTask(1 + (run % 13), size);
            if (run % 100 == 99) Thread.Sleep(20); // long enough that the threads sleep
            team.Run(task, task.Counts.Length);
            Assert.All(task.Counts, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void Threads_begin_with_a_share_of_their_own()
    {
        using var team = new ThreadTeam(3);
        for (int run = 0; run < 20; run++)
        {
            var task = new FirstPartsTask(3);
            team.Run(task, 10);
            Assert.Equal([0, 3, 6], task.First);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_of_a_part_reaches_the_caller_and_the_team_goes_on(int size)
    {
        using var team = new ThreadTeam(size);
        for (int i = 0; i < 20; i++)
            Assert.Equal("part 3", Assert.Throws<InvalidOperationException>(() => team.Run(new FailingTask(), 8)).Message);
        var task = new CountingTask(9, size);
        team.Run(task, 9);
        Assert.All(task.Counts, c => Assert.Equal(1, c));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1025)]
    public void A_number_of_threads_out_of_range_is_refused(int threads) =>
        Assert.Contains("threads", Assert.Throws<ArgumentOutOfRangeException>(() => new CpuDevice(new CpuDeviceOptions { Threads = threads })).Message, StringComparison.Ordinal);

    private sealed class CountingTask(int parts, int size) : TeamTask
    {
        public int[] Counts { get; } = new int[parts];

        public override void Execute(int part, int worker)
        {
            Assert.InRange(worker, 0, size - 1);
            Interlocked.Increment(ref Counts[part]);
        }
    }

    /// <summary>Nobody goes on before all have begun.</summary>
    private sealed class FirstPartsTask(int size) : TeamTask
    {
        private int _begun;

        public int[] First { get; } = [.. Enumerable.Repeat(-1, size)];

        public override void Execute(int part, int worker)
        {
            if (First[worker] >= 0) return;
            First[worker] = part;
            Interlocked.Increment(ref _begun);
            SpinWait.SpinUntil(() => Volatile.Read(ref _begun) == size);
        }
    }

    private sealed class FailingTask : TeamTask
    {
        public override void Execute(int part, int worker)
        {
            if (part == 3) throw new InvalidOperationException("part 3");
        }
    }
}
