namespace AlexNetCuda.Bench.Comparison;

/// <summary>Another engine, ready to run the steps of a row.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>The engine's name.</summary>
    string Name { get; }

    /// <summary>Runs steps; returns the milliseconds of each.</summary>
    /// <exception cref="InvalidOperationException">The engine ended before its time.</exception>
    double[] Steps(int count);
}

/// <summary>The engines that are compared with.</summary>
internal interface IPeers
{
    /// <summary>Starts each engine that has the row's network, one after the other as they are asked for.</summary>
    /// <param name="row">The row.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="avx512">Whether AVX-512 may be used.</param>
    /// <exception cref="InvalidOperationException">An engine did not start.</exception>
    IEnumerable<IPeer> Start(PeerRow row, int threads, bool avx512);
}
