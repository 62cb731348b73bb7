using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AlexNetCuda.IO;

/// <summary>
/// A restricted reader of Python pickles, protocols 2 to 4 (opcodes and their meanings: CPython's Lib/pickletools.py). A pickle is a program for a stack machine that can call
/// any function of Python; this machine has no calls. It knows the opcodes that make dictionaries, lists, tuples, texts, bytes, whole numbers, truth values and None, and
/// of functions and classes the four of <see cref="PickleName"/>, by whose meaning it puts together arrays. Anything else is refused by its name.
/// Memory: every opcode makes at most one small object or a view of the file; bytes that must be copied have a budget.
/// </summary>
internal sealed class Unpickler
{
    private const int LongestName = 1000;

    /// <summary>A pickle of weights takes some hundreds; each takes some tens of bytes of memory.</summary>
    private const int MostSteps = 1_000_000;

    private readonly ReadOnlyMemory<byte> _pickle;
    private readonly NpyPlace _place;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;
    private long _copyBudget;

    private Unpickler(ReadOnlyMemory<byte> pickle, NpyPlace place)
    {
        (_pickle, _place) = (pickle, place);
        _copyBudget = 2L * pickle.Length; // a text in the file is copied once as a text and once as bytes
    }

    /// <summary>Reads a pickle that fills the bytes given.</summary>
    /// <returns>Null, a truth value, a <see cref="long"/>, a <see cref="string"/>, a <c>List</c>, a <c>Dictionary</c>, or one of the types of PickleValues.cs.</returns>
    /// <exception cref="WeightFileException">It is damaged, or asks for something that is not known.</exception>
    public static object? Read(ReadOnlyMemory<byte> pickle, NpyPlace place) => new Unpickler(pickle, place).Run();

    /// <summary>A text of Python 3, or one of Python 2; null for anything else.</summary>
    public static string? AsText(object? value) => value switch
    {
        string text => text,
        PickleBytes { Data.Length: <= LongestName } bytes => Encoding.Latin1.GetString(bytes.Data.Span),
        _ => null,
    };

    private object? Run()
    {
        for (int steps = 0; ; steps++)
        {
            if (steps == MostSteps) throw Error("it has more steps than any pickle of weights: it is made to do harm.");
            int at = _at;
            byte code = Take(1)[0];
            if (code == '.') break;
            if (!Step(code)) throw Error(string.Create(CultureInfo.InvariantCulture, $"the opcode 0x{code:x2} at byte {at} of it is not supported, or none."));
        }

        if (_stack.Count != 1 || _marks.Count != 0) throw Error("it ends with things left over.");
        if (_at != _pickle.Length) throw Error(string.Create(CultureInfo.InvariantCulture, $"{_pickle.Length - _at} bytes follow it."));
        return _stack[0];
    }

    private bool Step(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                int protocol = Take(1)[0];
                if (protocol is < 2 or > 4) throw Error(string.Create(CultureInfo.InvariantCulture, $"its protocol is {protocol}; protocols 2 to 4 are supported."));
                return true;
            case 0x95: // FRAME: a hint for buffering
                Take(8);
                return true;
            case (byte)'(': // MARK
                _marks.Push(_stack.Count);
                return true;
            case (byte)'0' when _stack.Count > Floor: // POP
                Pop();
                return true;
            case (byte)'q': // BINPUT
                return Remember(Take(1)[0]);
            case (byte)'r': // LONG_BINPUT
                return Remember(TakeUInt32());
            case 0x94: // MEMOIZE
                return Remember((uint)_memo.Count);
            case (byte)'h': // BINGET
                return Recall(Take(1)[0]);
            case (byte)'j': // LONG_BINGET
                return Recall(TakeUInt32());
            case (byte)'c': // GLOBAL
                return Push(Named(TakeLine(), TakeLine()));
            case 0x93: // STACK_GLOBAL
                object? name = Pop(), module = Pop();
                return Push(Named(module as string ?? "?", name as string ?? "?"));
            case (byte)'R': // REDUCE
                object? arguments = Pop(), function = Pop();
                return Push(Reduce(function, arguments as PickleTuple));
            case (byte)'b': // BUILD
                object? state = Pop();
                Build(Peek(), state as PickleTuple);
                return true;
            default:
                return Literal(code) || Collection(code);
        }
    }

    private bool Literal(byte code) => code switch
    {
        (byte)'N' => Push(null),
        0x88 => Push(true), // NEWTRUE
        0x89 => Push(false), // NEWFALSE
        (byte)'K' => Push((long)Take(1)[0]), // BININT1
        (byte)'M' => Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))), // BININT2
        (byte)'J' => Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))), // BININT
        0x8a => Push(TakeLong(Take(1)[0])), // LONG1
        (byte)'U' => Push(new PickleBytes(TakeMemory(Take(1)[0]))), // SHORT_BINSTRING
        (byte)'T' => Push(new PickleBytes(TakeMemory(BinaryPrimitives.ReadInt32LittleEndian(Take(4))))), // BINSTRING
        (byte)'C' => Push(new PickleBytes(TakeMemory(Take(1)[0]))), // SHORT_BINBYTES
        (byte)'B' => Push(new PickleBytes(TakeMemory(TakeUInt32()))), // BINBYTES
        0x8e => Push(new PickleBytes(TakeMemory(TakeInt64()))), // BINBYTES8
        0x8c => Push(TakeText(Take(1)[0])), // SHORT_BINUNICODE
        (byte)'X' => Push(TakeText(TakeUInt32())), // BINUNICODE
        0x8d => Push(TakeText(TakeInt64())), // BINUNICODE8
        _ => false,
    };

    private bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)')': // EMPTY_TUPLE
                return Push(new PickleTuple([]));
            case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                return Push(new PickleTuple(PopMany(_stack.Count - (code - 0x84))));
            case (byte)'t': // TUPLE
                return Push(new PickleTuple(PopMarked()));
            case (byte)']': // EMPTY_LIST
                return Push(new List<object?>());
            case (byte)'l': // LIST
                return Push(new List<object?>(PopMarked()));
            case (byte)'a': // APPEND
                object? item = Pop();
                Append(Peek(), [item]);
                return true;
            case (byte)'e': // APPENDS
                object?[] items = PopMarked();
                Append(Peek(), items);
                return true;
            case (byte)'}': // EMPTY_DICT
                return Push(new Dictionary<string, object?>());
            case (byte)'d': // DICT
                object?[] all = PopMarked();
                Push(new Dictionary<string, object?>());
                SetItems(Peek(), all);
                return true;
            case (byte)'s': // SETITEM
                object? value = Pop(), key = Pop();
                SetItems(Peek(), [key, value]);
                return true;
            case (byte)'u': // SETITEMS
                object?[] pairs = PopMarked();
                SetItems(Peek(), pairs);
                return true;
            default:
                return false;
        }
    }

    private PickleName Named(string module, string name) => (module, name) switch
    {
        ("numpy", "ndarray") => PickleName.Array,
        ("numpy", "dtype") => PickleName.Type,
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => PickleName.Reconstruct,
        ("_codecs", "encode") => PickleName.Encode,
        _ => throw Error($"it asks for {TensorShapes.Show($"{module}.{name}")}. Only arrays in dictionaries, lists and tuples are read; nothing was run."),
    };

    private object Reduce(object? function, PickleTuple? arguments) => (function, arguments?.Items) switch
    {
        (PickleName.Reconstruct, [PickleName.Array, PickleTuple, _]) => new PickleArray(),
        (PickleName.Type, [var description, ..]) when AsText(description) is { } text => new PickleElements(text),
        (PickleName.Encode, [string text, var codec]) when AsText(codec) == "latin1" => new PickleBytes(Encode(text)),
        _ => throw Error("it makes something that is no array of numbers."),
    };

    private void Build(object? target, PickleTuple? state)
    {
        switch (target, state?.Items)
        {
            case (PickleArray { Shape: null } array, [long, PickleTuple shape, PickleElements elements, var fortran, var values])
                when shape.Items.All(d => d is long) && fortran is bool or 0L or 1L:
                (array.Shape, array.Elements) = ([.. shape.Items.Select(d => (long)d!)], elements);
                (array.FortranOrder, array.Values) = (fortran is true or 1L, values);
                break;
            case (PickleElements elements, [_, var order, null, null, null, ..]) when AsText(order) is "<" or ">" or "|" or "=":
                elements.Order = AsText(order)!;
                break;
            case (PickleElements, _):
                throw Error("it has arrays of structures, which are not supported.");
            default:
                throw Error("it gives a state to something that is no array.");
        }
    }

    private byte[] Encode(string text)
    {
        Spend(text.Length);
        var bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = text[i] <= byte.MaxValue ? (byte)text[i] : throw Error("it has a text that is no bytes.");
        return bytes;
    }

    private void Append(object? target, object?[] items)
    {
        if (target is not List<object?> list) throw Error("it adds to something that is no list.");
        list.AddRange(items);
    }

    private void SetItems(object? target, object?[] pairs)
    {
        if (target is not Dictionary<string, object?> dictionary || pairs.Length % 2 != 0) throw Error("it adds to something that is no dictionary.");
        for (int i = 0; i < pairs.Length; i += 2)
            dictionary[AsText(pairs[i]) ?? throw Error("it has a dictionary whose keys are no short texts.")] = pairs[i + 1];
    }

    /// <summary>What may be taken from the stack ends at the last mark.</summary>
    private int Floor => _marks.Count > 0 ? _marks.Peek() : 0;

    private bool Push(object? value)
    {
        _stack.Add(value);
        return true;
    }

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Underflow();

    private object? Pop()
    {
        object? top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] PopMany(int from)
    {
        if (from < Floor) throw Underflow();
        object?[] items = [.. _stack[from..]];
        _stack.RemoveRange(from, _stack.Count - from);
        return items;
    }

    private object?[] PopMarked()
    {
        if (_marks.Count == 0) throw Underflow();
        object?[] items = PopMany(Floor);
        _marks.Pop();
        return items;
    }

    private bool Remember(uint index)
    {
        _memo[index] = Peek();
        return true;
    }

    private bool Recall(uint index) =>
        _memo.TryGetValue(index, out object? value) ? Push(value) : throw Error(string.Create(CultureInfo.InvariantCulture, $"it recalls thing {index}, which there is not."));

    private ReadOnlySpan<byte> Take(int count) => TakeMemory(count).Span;

    private ReadOnlyMemory<byte> TakeMemory(long count)
    {
        if (count < 0 || count > _pickle.Length - _at) throw Error("it is cut short.");
        ReadOnlyMemory<byte> part = _pickle.Slice(_at, (int)count);
        _at += (int)count;
        return part;
    }

    private uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private long TakeInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    private long TakeLong(int bytes)
    {
        if (bytes > 8) throw Error("it has a whole number beyond 64 bits.");
        ReadOnlySpan<byte> part = Take(bytes);
        long value = bytes > 0 && part[^1] >= 0x80 ? -1 : 0;
        for (int i = bytes - 1; i >= 0; i--) value = (value << 8) | part[i];
        return value;
    }

    private string TakeText(long bytes)
    {
        ReadOnlyMemory<byte> part = TakeMemory(bytes);
        Spend(part.Length);
        return Encoding.UTF8.GetString(part.Span);
    }

    private string TakeLine()
    {
        int length = _pickle.Span[_at..].IndexOf((byte)'\n');
        if (length is < 0 or > LongestName) throw Error("it has a name without an end.");
        string line = Encoding.UTF8.GetString(Take(length));
        Take(1);
        return line;
    }

    private void Spend(int bytes)
    {
        _copyBudget -= bytes;
        if (_copyBudget < 0) throw Error("it makes more bytes than it has: it is made to do harm.");
    }

    private WeightFileException Underflow() => Error("it takes more from its stack than there is.");

    private WeightFileException Error(string reason) => _place.Error($"its pickle cannot be read: {reason}");
}
