namespace AlexNetCuda.Reference;

/// <summary>Runs the items of a loop, which must not depend on each other, on several threads.</summary>
internal sealed class Loops(int threads)
{
    private const long WorthThreads = 1 << 15;
    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    public int Threads { get; } = threads;

    /// <summary>Runs items 0 to <paramref name="count"/> - 1.</summary>
    /// <param name="count">The number of items.</param>
    /// <param name="work">About how many element operations all items take together: little work is not worth a second thread.</param>
    /// <param name="item">Runs one item.</param>
    public void For(int count, long work, Action<int> item)
    {
        if (Threads > 1 && count > 1 && work >= WorthThreads)
        {
            Parallel.For(0, count, _options, item);
        }
        else
        {
            for (int i = 0; i < count; i++) item(i);
        }
    }
}
