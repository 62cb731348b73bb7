using System.Runtime.ExceptionServices;

namespace AlexNetCuda.IO;

/// <summary>Work on many pictures, several at a time.</summary>
internal static class PictureWork
{
    /// <summary>Does the work for each picture, on any thread and in any order.</summary>
    /// <param name="count">The pictures.</param>
    /// <param name="threads">Pictures at a time; 0: one a processor.</param>
    /// <param name="work">The work for the picture of a number from 0.</param>
    /// <param name="done">Called after every picture, good or bad, one call at a time.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    /// <returns>Why each picture cannot be used; null for the good ones.</returns>
    /// <exception cref="TurboJpegNotFoundException">There is a JPEG among them and libjpeg-turbo is not installed.</exception>
    public static string?[] ForEach(int count, int threads, Action<int> work, Action done, CancellationToken cancellation)
    {
        var reasons = new string?[count];
        var gate = new Lock();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellation };
        try
        {
            Parallel.For(0, count, parallel, i =>
            {
                try
                {
                    work(i);
                }
                catch (PictureException e)
                {
                    reasons[i] = e.Reason;
                }

                lock (gate) done();
            });
        }
        catch (AggregateException e)
        {
            // Of several, the one that says what to install tells the most.
            ExceptionDispatchInfo.Throw(e.InnerExceptions.FirstOrDefault(x => x is TurboJpegNotFoundException) ?? e.InnerExceptions[0]);
        }

        return reasons;
    }
}
