using System.Text;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>The compiler's logs, in the buffers that the caller of cuModuleLoadDataEx has lent.</summary>
internal sealed unsafe class JitLog
{
    private readonly StringBuilder _info = new();
    private readonly StringBuilder _error = new();
    private readonly CUjitOption[] _options;
    private readonly void** _values;

    public JitLog(ReadOnlySpan<CUjitOption> options, void** values)
    {
        _options = options.ToArray();
        _values = values;
    }

    public void Info(string line) => _info.Append(line).Append('\n');

    public void Error(string line) => _error.Append(line).Append('\n');

    /// <summary>Writes what there is, cut to fit and zero-terminated; the sizes become how much of the buffers is filled.</summary>
    public void Close()
    {
        Write(_info, CUjitOption.InfoLogBuffer, CUjitOption.InfoLogBufferSizeBytes);
        Write(_error, CUjitOption.ErrorLogBuffer, CUjitOption.ErrorLogBufferSizeBytes);
    }

    private void Write(StringBuilder text, CUjitOption bufferOption, CUjitOption sizeOption)
    {
        int buffer = Array.IndexOf(_options, bufferOption), size = Array.IndexOf(_options, sizeOption);
        if (buffer < 0 || size < 0 || _values[buffer] is null) return;
        // The value is a number in the place of a pointer.
        int room = (int)(uint)(nuint)_values[size];
        if (room <= 0) return;
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        int count = Math.Min(bytes.Length, room - 1);
        var target = (byte*)_values[buffer];
        bytes.AsSpan(0, count).CopyTo(new Span<byte>(target, room));
        target[count] = 0;
        _values[size] = (void*)(nuint)(count == 0 ? 0 : count + 1);
    }
}
