namespace AlexNetCuda.Cpu;

/// <summary>The widths of registers that operators are made for.</summary>
internal enum Registers
{
    /// <summary><see cref="Vec128"/>.</summary>
    Bits128,

    /// <summary><see cref="Vec256"/>.</summary>
    Bits256,

    /// <summary><see cref="Vec512"/>.</summary>
    Bits512,
}
