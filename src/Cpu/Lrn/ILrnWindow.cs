namespace AlexNetCuda.Cpu;

/// <summary>
/// Sums over windows of channels. The channels of a pixel are given one register after the other, then zeros; and some registers later the sums of their windows come out. Each window is
/// summed afresh: a running sum would keep the rounding of all before.
/// </summary>
internal unsafe interface ILrnWindow<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>How many registers later the sums of a register's windows come.</summary>
    int Delay { get; }

    /// <summary>Begins a pixel.</summary>
    /// <param name="line">Scratch memory with room for all registers and those of the delay, and before that for twice the delay and one more, which hold zeros.</param>
    void Begin(float* line);

    /// <summary>Gives the next register of a pixel, or zeros after the last.</summary>
    /// <returns>The sums of the windows around the channels that were given <see cref="Delay"/> calls before; without meaning in the first calls.</returns>
    T Next(T value);
}
