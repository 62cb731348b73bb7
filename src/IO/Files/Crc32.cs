namespace AlexNetCuda.IO;

/// <summary>The checksum of PNG chunks and of zip entries (ITU-T V.42; the polynomial 0x04C11DB7, reflected), which can be taken piece by piece.</summary>
internal readonly struct Crc32
{
    private static readonly uint[] Table = MakeTable();
    private readonly uint _state;

    private Crc32(uint state) => _state = state;

    /// <summary>The checksum's state before the first byte.</summary>
    public static Crc32 Start => new(uint.MaxValue);

    /// <summary>The checksum of the bytes added.</summary>
    public uint Value => ~_state;

    /// <summary>The state after more bytes.</summary>
    public Crc32 Add(ReadOnlySpan<byte> bytes)
    {
        uint state = _state;
        foreach (byte b in bytes) state = Table[(byte)state ^ b] ^ (state >> 8);
        return new Crc32(state);
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
