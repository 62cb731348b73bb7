using System.Globalization;

namespace AlexNetCuda.Ptx.Parsing;

internal enum TokenKind
{
    End,
    Name,       // ld, %r1, $L__BB0_3, WARP_SZ
    Dotted,     // .reg, .global, .u32, .shared::cta
    Integer,    // 17, 0x1F, 0b101, 017, 5U
    Single,     // 0f3F800000
    Double,     // 0d3FF0000000000000, 1.5
    Text,       // "..."
    Symbol,     // one character of punctuation
}

/// <summary>One token: its text, the line it stands on, and the bits of a number.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, ulong Bits)
{
    public bool Is(char symbol) => Kind == TokenKind.Symbol && Text[0] == symbol;

    public override string ToString() => Kind == TokenKind.End ? "the end of the text" : $"'{Text}'";
}

/// <summary>Cuts PTX text into tokens (PTX ISA, "Syntax").</summary>
internal static class Lexer
{
    private const string Symbols = "{}()[]<>,;:=+-*/%!@|&^~?#";

    public static List<Token> Run(string text)
    {
        var tokens = new List<Token>(text.Length / 4);
        int line = 1, i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                i++;
            }
            else if (char.IsWhiteSpace(c) || c == '\0')
            {
                i++;
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '/')
            {
                while (i < text.Length && text[i] != '\n') i++;
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '*')
            {
                int end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                if (end < 0) throw new PtxParseException(line, "a comment is not closed");
                for (; i < end + 2; i++) if (text[i] == '\n') line++;
            }
            else if (c == '"')
            {
                int end = text.IndexOfAny(['"', '\n'], i + 1);
                if (end < 0 || text[end] == '\n') throw new PtxParseException(line, "a string is not closed");
                tokens.Add(new Token(TokenKind.Text, text[(i + 1)..end], line, 0));
                i = end + 1;
            }
            else if (char.IsAsciiDigit(c))
            {
                tokens.Add(Number(text, ref i, line));
            }
            else if (StartsName(text, i))
            {
                int start = i++;
                while (i < text.Length && InName(text[i])) i++;
                tokens.Add(new Token(TokenKind.Name, text[start..i], line, 0));
            }
            else if (c == '.' && i + 1 < text.Length && (InName(text[i + 1]) || text[i + 1] == '.'))
            {
                int start = i++;
                while (i < text.Length && (InName(text[i]) || IsScope(text, i)))
                    i += text[i] == ':' ? 2 : 1;
                tokens.Add(new Token(TokenKind.Dotted, text[start..i], line, 0));
            }
            else if (Symbols.Contains(c, StringComparison.Ordinal))
            {
                tokens.Add(new Token(TokenKind.Symbol, c.ToString(), line, 0));
                i++;
            }
            else
            {
                throw new PtxParseException(line, $"the character '{c}' (U+{(int)c:X4}) has no place in PTX");
            }
        }

        tokens.Add(new Token(TokenKind.End, "", line, 0));
        return tokens;
    }

    private static bool InName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private static bool StartsName(string text, int i) =>
        char.IsAsciiLetter(text[i]) || text[i] is '_' or '$'
        || (text[i] == '%' && i + 1 < text.Length && InName(text[i + 1]));

    // A scoped modifier such as .shared::cta or .L1::no_allocate is one token.
    private static bool IsScope(string text, int i) =>
        text[i] == ':' && i + 2 < text.Length && text[i + 1] == ':' && InName(text[i + 2]);

    private static Token Number(string text, ref int i, int line)
    {
        int start = i;
        while (i < text.Length && InName(text[i])) i++;
        bool fraction = i + 1 < text.Length && text[i] == '.' && char.IsAsciiDigit(text[i + 1]);
        if (fraction)
        {
            i++;
            while (i < text.Length && char.IsAsciiLetterOrDigit(text[i])) i++;
        }

        if (i < text.Length && text[i] is '+' or '-' && text[i - 1] is 'e' or 'E' && fraction)
        {
            i++;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
        }

        string word = text[start..i];
        if (fraction)
        {
            return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? new Token(TokenKind.Double, word, line, BitConverter.DoubleToUInt64Bits(value))
                : throw Malformed(line, word);
        }

        if (word.Length > 2 && word[0] == '0' && word[1] is 'f' or 'F' && word.Length == 10
            && uint.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint single))
        {
            return new Token(TokenKind.Single, word, line, single);
        }

        if (word.Length > 2 && word[0] == '0' && word[1] is 'd' or 'D' && word.Length == 18
            && ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits))
        {
            return new Token(TokenKind.Double, word, line, bits);
        }

        return new Token(TokenKind.Integer, word, line, Integer(word, line));
    }

    private static ulong Integer(string word, int line)
    {
        ReadOnlySpan<char> digits = word.AsSpan().TrimEnd('U');
        bool ok;
        ulong value;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            ok = ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        else if (digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            ok = ulong.TryParse(digits[2..], NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out value);
        else if (digits.Length > 1 && digits[0] == '0')
            ok = Octal(digits[1..], out value);
        else
            ok = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return ok ? value : throw Malformed(line, word);
    }

    private static bool Octal(ReadOnlySpan<char> digits, out ulong value)
    {
        value = 0;
        foreach (char c in digits)
        {
            if (c is < '0' or > '7' || value >> 61 != 0) return false;
            value = (value << 3) + (ulong)(c - '0');
        }

        return true;
    }

    private static PtxParseException Malformed(int line, string word) => new(line, $"'{word}' is not a number");
}
