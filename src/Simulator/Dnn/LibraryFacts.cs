namespace AlexNetCuda.Simulator.Dnn;

/// <summary>
/// What a version of cuDNN was built for, as its support matrix and release notes have it: 8.9 to 9.6 run on 5.0 to 9.0;
/// 9.7 added 10.0 and 12.0 (Blackwell); 9.10 was the last for 5.0 to 7.0 (Maxwell, Pascal, Volta).
/// </summary>
internal static class LibraryFacts
{
    internal static bool IsVersion8(int version) => version < 10_000;

    /// <summary>The CUDA version of the build for CUDA 12, by release notes.</summary>
    internal static int CudartVersion(int version) => version switch
    {
        < 8_900 => 11_080,
        < 10_000 => 12_020,
        < 90_100 => 12_030,
        < 90_200 => 12_040,
        < 90_300 => 12_050,
        < 90_700 => 12_060,
        < 91_000 => 12_080,
        _ => 12_090,
    };

    /// <summary>The first compute capability, as 10 major + minor.</summary>
    internal static int OldestArchitecture(int version) => version >= 91_100 ? 75 : 50;

    /// <summary>The last.</summary>
    internal static int NewestArchitecture(int version) => version >= 90_700 ? 120 : 90;

    internal static bool Runs(int version, int architecture) =>
        architecture >= OldestArchitecture(version) && architecture <= NewestArchitecture(version);
}
