namespace AlexNetCuda.Ptx.Execution;

/// <summary>A kernel decoded with the functions it calls: what every launch of it shares.</summary>
internal sealed class Program
{
    /// <summary>A predicate that is always true, and after it room that a result nobody wants may fall into.</summary>
    public const int TrueOffset = 0;
    public const int SinkOffset = 64;
    public const int FirstOffset = SinkOffset + 256;

    /// <summary>Addresses in .param space below this are the kernel's; from here on, those of device functions.</summary>
    public const ulong CallParameterBase = 0x10_0000;

    public required string Name { get; init; }
    public required Op[] Code { get; init; }
    public required int Entry { get; init; }
    public required int RegisterBytes { get; init; }

    /// <summary>Registers from <see cref="FirstOffset"/> to here are cleared when a block begins; constants lie behind them.</summary>
    public required int ClearedTo { get; init; }
    public required List<(int Offset, int Stride, ulong Bits)> Constants { get; init; }
    public required List<(int Offset, int Stride, string Name)> Specials { get; init; }
    public required int StaticSharedBytes { get; init; }
    public required int DynamicSharedOffset { get; init; }
    public required int LocalBytes { get; init; }
    public required int CallParameterBytes { get; init; }
    public required int ParameterBytes { get; init; }
    public required int AccessCount { get; init; }
    public required long ConstantBytes { get; init; }
    public required bool HasGlobalAtomics { get; init; }
    public required Dictionary<int, string> Files { get; init; }
}
