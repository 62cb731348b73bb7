using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>
/// Owns something that lives in a context, and destroys it in that context when it is disposed. There is no finalizer: one would
/// work on the GPU at a moment and on a thread that nobody chose. Unless a member says otherwise, the context must be current to the calling
/// thread, but for Dispose, which sees to that itself.
/// A fault of the device's earlier work is not reported by Dispose: synchronise first.
/// </summary>
public abstract unsafe class ContextOwned : IDisposable
{
    private int _disposed;

    private protected ContextOwned(CudaContext context)
    {
        Context = context;
        context.AddReference();
    }

    /// <summary>The context it lives in.</summary>
    public CudaContext Context { get; }

    private protected ICudaDriver Driver => Context.Driver;

    /// <summary>Destroys what is owned, with its context current. A second time, it does nothing.</summary>
    /// <exception cref="CudaException">It could not be destroyed, and not because the context is lost or the process is ending.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            // Nobody else will ever destroy it, so that a failure to enter is worth a second try.
            var entered = Driver.CtxPushCurrent(Context.Handle);
            if (entered != CUresult.Success)
            {
                entered = Driver.CtxPushCurrent(Context.Handle);
            }

            if (entered.IsContextLost())
            {
                return;
            }

            Driver.Check(entered, "cuCtxPushCurrent_v2", "making the context current");
            try
            {
                Destroy();
            }
            finally
            {
                CUcontext popped;
                _ = Driver.CtxPopCurrent(&popped);   // it was pushed just now: there is nothing to add to what Destroy said
            }
        }
        finally
        {
            Context.Release();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Destroys what is owned; the context is current.</summary>
    private protected abstract void Destroy();

    /// <summary>Whether a library's failure to destroy is for want of a context: asked of the driver, since the library's status does not tell.</summary>
    private protected bool IsContextLost() => Driver.CtxSynchronize().IsContextLost();

    /// <summary>Throws where destroying failed, unless the context is lost.</summary>
    private protected void CheckDestroyed(CUresult status, string function, string doing)
    {
        if (!status.IsContextLost())
        {
            Driver.Check(status, function, doing);
        }
    }
}
