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
        ExceptionDispatchInfo? first = null;
        while (owned.TryPop(out T? one))
        {
            try
            {
                one.Dispose();
            }
            catch (Exception e)
            {
                first ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        first?.Throw();
    }
}
