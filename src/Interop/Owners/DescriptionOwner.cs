namespace AlexNetCuda.Interop.Owners;

/// <summary>Owns a description, which lives in host memory and needs no context; it is destroyed when this is disposed.</summary>
/// <typeparam name="T">The description's handle.</typeparam>
public abstract class DescriptionOwner<T> : IDisposable
    where T : struct
{
    private int _disposed;

    private protected DescriptionOwner(T handle) => Handle = handle;

    /// <summary>The description's handle.</summary>
    public T Handle { get; }

    /// <summary>Destroys the description. A second time, it does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Destroy();
            GC.SuppressFinalize(this);
        }
    }

    private protected abstract void Destroy();
}
