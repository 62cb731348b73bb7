namespace AlexNetCuda.Simulator.Core;

/// <summary>
/// Every handle that is out: numbered from one, one after the other, never twice. So the same calls give the same handles in every
/// run, and a handle of another type or one given up is noticed.
/// </summary>
internal sealed class HandleTable
{
    // Above the handles that mean something by themselves (null, the legacy stream, the per-thread stream).
    private const nint First = 0x100;

    private readonly SortedDictionary<nint, Entry> _entries = [];
    private nint _next = First;

    /// <summary>A handle for an object.</summary>
    /// <param name="kind">The type's name in the headers.</param>
    /// <param name="state">The object.</param>
    /// <param name="owned">Whether it goes with its owner, so that nobody needs to give it up.</param>
    public nint Add(string kind, object state, bool owned = false)
    {
        nint handle = _next++;
        _entries.Add(handle, new Entry(kind, state, owned));
        return handle;
    }

    public T? Find<T>(nint handle)
        where T : class => _entries.TryGetValue(handle, out Entry? entry) ? entry.State as T : null;

    public bool Remove<T>(nint handle)
        where T : class => Find<T>(handle) is not null && _entries.Remove(handle);

    public void Remove(nint handle) => _entries.Remove(handle);

    /// <summary>What nobody has given up, in the order of its making.</summary>
    public IEnumerable<string> Leaks() =>
        _entries.Where(e => !e.Value.Owned).Select(e => $"{e.Value.Kind} {Number(e.Key)}");

    /// <summary>Those of some handles that nobody has given up.</summary>
    public IEnumerable<string> Leaks(IEnumerable<nint> handles) =>
        from handle in handles where _entries.TryGetValue(handle, out Entry? entry) && !entry.Owned select $"{_entries[handle].Kind} {Number(handle)}";

    public void Clear() => _entries.Clear();

    /// <summary>A handle as traces print it.</summary>
    public static string Number(nint handle) => handle < First ? $"{handle}" : $"#{handle - First + 1}";

    private sealed record Entry(string Kind, object State, bool Owned);
}
