using System.Runtime.ExceptionServices;

namespace AlexNetCuda.Cuda;

/// <summary>Gives back what is owned, from the last to the first, each even if another fails.</summary>
internal static class Disposal
{
    /// <summary>Empties a stack of owners.</summary>
    /// <exception cref="Exception">The first failure, once all have been tried.</exception>
    internal static void All<T>(Stack<T> owned)
        where T : IDisposable
    {
        List<Exception> errors = Try(owned);
        if (errors.Count > 0) ExceptionDispatchInfo.Throw(errors[0]);
    }

    /// <summary>Gives owners back, the last of them first; there need not be one at each place.</summary>
    /// <exception cref="Exception">The first failure, once all have been tried.</exception>
    internal static void AllOf(params IEnumerable<IDisposable?> owners) => All(new Stack<IDisposable>(owners.OfType<IDisposable>()));

    /// <summary>Empties a stack of owners and gives what failed.</summary>
    internal static List<Exception> Try<T>(Stack<T> owned)
        where T : IDisposable
    {
        var errors = new List<Exception>();
        while (owned.TryPop(out T? one))
        {
            try
            {
                one.Dispose();
            }
            catch (Exception e)
            {
                errors.Add(e);
            }
        }

        return errors;
    }
}
