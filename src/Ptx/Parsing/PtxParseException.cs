namespace AlexNetCuda.Ptx;

/// <summary>PTX text that is malformed, or that uses something this machine does not execute.</summary>
public sealed class PtxParseException : Exception
{
    /// <summary>An error at a line of the PTX text.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="reason">What is wrong there, without the line number.</param>
    /// <param name="instruction">The instruction at fault, when it is known.</param>
    public PtxParseException(int line, string reason, string? instruction = null)
        : base(instruction is null ? $"PTX line {line}: {reason}" : $"PTX line {line}: '{instruction}': {reason}")
    {
        Line = line;
        Instruction = instruction;
    }

    /// <summary>The line of the PTX text, from 1.</summary>
    public int Line { get; }

    /// <summary>The instruction at fault as written (opcode with its modifiers), or null when the error is outside one.</summary>
    public string? Instruction { get; }
}
