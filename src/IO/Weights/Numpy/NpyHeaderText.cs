using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>Reads the text of an npy header: a Python dictionary of three known keys with texts, truth values and tuples of numbers. Nothing is evaluated.</summary>
/// <param name="text">The text.</param>
internal sealed class NpyHeaderText(string text)
{
    private int _at;

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It is something else; the message says what is wrong.</exception>
    public NpyHeader Read()
    {
        string? description = null;
        bool? fortran = null;
        long[]? shape = null;
        Expect('{');
        while (!TryTake('}'))
        {
            string key = ReadText();
            Expect(':');
            switch (key)
            {
                case "descr" when description is null:
                    if (Peek() is '[' or '(') throw new FormatException("its elements are structures, which are not supported: save each field as an array of its own.");
                    description = ReadText();
                    break;
                case "fortran_order" when fortran is null:
                    fortran = ReadTruth();
                    break;
                case "shape" when shape is null:
                    shape = ReadTuple();
                    break;
                default:
                    throw new FormatException($"the key {TensorShapes.Show(key)} is unknown, or there twice.");
            }

            if (TryTake(',')) continue;
            Expect('}');
            break;
        }

        SkipSpace();
        if (_at < text.Length) throw Wrong();
        if (description is null || fortran is null || shape is null) throw new FormatException("'descr', 'fortran_order' or 'shape' is missing.");
        return new NpyHeader(NpyElements.AreObjects(description) ? null : NpyElements.Parse(description), fortran.Value, shape);
    }

    private string ReadText()
    {
        if (Peek() is not ('\'' or '"')) throw Wrong();
        char quote = text[_at++];
        int end = text.IndexOf(quote, _at);
        if (end < 0) throw Wrong();
        string content = text[_at..end];
        _at = end + 1;
        return content;
    }

    private bool ReadTruth()
    {
        foreach (bool value in (ReadOnlySpan<bool>)[true, false])
        {
            string word = value ? "True" : "False";
            if (Peek() != word[0] || string.CompareOrdinal(text, _at, word, 0, word.Length) != 0) continue;
            _at += word.Length;
            return value;
        }

        throw Wrong();
    }

    private long[] ReadTuple()
    {
        var numbers = new List<long>();
        Expect('(');
        while (!TryTake(')'))
        {
            if (numbers.Count == TensorShapes.MostDimensions)
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"there are more than {TensorShapes.MostDimensions} dimensions."));
            numbers.Add(ReadNumber());
            if (TryTake(',')) continue;
            Expect(')');
            break;
        }

        return [.. numbers];
    }

    private long ReadNumber()
    {
        _ = Peek();
        int start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
        if (!long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long number)) throw Wrong();
        if (_at < text.Length && text[_at] == 'L') _at++; // Python 2 wrote 3L for a long integer
        return number;
    }

    private void Expect(char c)
    {
        if (!TryTake(c)) throw Wrong();
    }

    private bool TryTake(char c)
    {
        if (Peek() != c) return false;
        _at++;
        return true;
    }

    private char Peek()
    {
        SkipSpace();
        return _at < text.Length ? text[_at] : '\0';
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is ' ' or '\n' or '\t' or '\r') _at++;
    }

    private FormatException Wrong() => new(string.Create(CultureInfo.InvariantCulture, $"character {_at} of it is not what a header has there."));
}
