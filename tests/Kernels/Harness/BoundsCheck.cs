using System.Text.RegularExpressions;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>
/// A comparison that decides what a kernel touches, found in its source: a term of a condition (of if, while, ?:, a bool's value, or of
/// a loop that has several), or a call of smaller or larger.
/// </summary>
/// <param name="Start">Where it begins in the source.</param>
/// <param name="Text">What it says.</param>
/// <param name="Without">What to say instead to take it out.</param>
internal sealed partial record BoundsCheck(int Start, string Text, string Without)
{
    internal int End => Start + Text.Length;

    /// <summary>Those of a source, in its order, but for comparisons of floats.</summary>
    internal static IReadOnlyList<BoundsCheck> All(string source)
    {
        var text = Comment().Replace(source, match => new string(' ', match.Length));
        List<BoundsCheck> found = [];
        foreach (Match match in Branch().Matches(text))
        {
            var end = Closing(text, match.Index + match.Length - 1);
            Terms(text, match.Index + match.Length, end, alone: Leaves().IsMatch(text[(end + 1)..Math.Min(text.Length, end + 16)]) ? "false" : "true", found);
        }

        foreach (Match match in Truth().Matches(text))
        {
            foreach (Match value in Value().Matches(match.Value))
            {
                Terms(text, match.Index + value.Groups["value"].Index, match.Index + value.Groups["value"].Index + value.Groups["value"].Length, "true", found);
            }
        }

        foreach (Match match in Loop().Matches(text))
        {
            var parts = text[(match.Index + match.Length)..Closing(text, match.Index + match.Length - 1)].Split(';');
            if (parts.Length == 3 && parts[1].Contains("&&", StringComparison.Ordinal))
            {
                var start = match.Index + match.Length + parts[0].Length + 1;
                Terms(text, start, start + parts[1].Length, "true", found);
            }
        }

        for (var at = text.IndexOf(" ? ", StringComparison.Ordinal); at >= 0; at = text.IndexOf(" ? ", at + 1, StringComparison.Ordinal))
        {
            Terms(text, Opening(text, at), at, text[(at + 3)..].StartsWith("0 :", StringComparison.Ordinal) ? "false" : "true", found);
        }

        foreach (Match match in Clamp().Matches(text))
        {
            var open = match.Index + match.Length - 1;
            var end = Closing(text, open);
            var comma = open + 1;
            for (var depth = 0; depth > 0 || text[comma] != ','; comma++)
            {
                depth += text[comma] is '(' or '[' ? 1 : text[comma] is ')' or ']' ? -1 : 0;
            }

            found.Add(new BoundsCheck(match.Index, source[match.Index..(end + 1)], $"({source[(open + 1)..comma]})"));
        }

        return [.. found.DistinctBy(check => (check.Start, check.Text)).OrderBy(check => check.Start).ThenBy(check => check.End)];
    }

    /// <summary>The source without this check.</summary>
    internal string TakeOut(string source) => string.Concat(source.AsSpan(0, Start), Without, source.AsSpan(End));

    // The terms between && or ||. One that stands alone is replaced as told, others so that the rest decides.
    private static void Terms(string text, int start, int end, string alone, List<BoundsCheck> found)
    {
        var (depth, from) = (0, start);
        var several = false;
        for (var i = start; i <= end; i++)
        {
            var joint = i < end && depth == 0 && i + 1 < end && text[i] == text[i + 1] && text[i] is '&' or '|' && text[i - 1] == ' ';
            if (i == end || joint)
            {
                several |= joint;
                var term = text[from..i];
                var begin = from + term.Length - term.TrimStart(' ', '\n', '\\').Length;
                term = term.Trim(' ', '\n', '\\');
                var or = joint ? text[i] == '|' : several && text[from - 1] == '|';
                if (Comparison().IsMatch(term) && !Float().IsMatch(term))
                {
                    found.Add(new BoundsCheck(begin, term, several ? (or ? "false" : "true") : alone));
                }

                (from, i) = (i + 2, i + 1);
            }
            else
            {
                depth += text[i] is '(' or '[' ? 1 : text[i] is ')' or ']' ? -1 : 0;
            }
        }
    }

    private static int Closing(string text, int open)
    {
        var at = open;
        for (var depth = 1; depth > 0;)
        {
            depth += text[++at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        }

        return at;
    }

    // Where the condition that ends here begins.
    private static int Opening(string text, int end)
    {
        var at = end;
        for (var depth = 0; at > 0; at--)
        {
            var c = text[at - 1];
            if (c is ')' or ']')
            {
                depth++;
            }
            else if (c is '(' or '[')
            {
                if (depth-- == 0)
                {
                    break;
                }
            }
            else if (depth == 0 && (c is ',' or ';' or '{' or ':' || (c == '=' && text[at] == ' ' && text[at - 2] is ' ' or '+' or '-')
                || text.AsSpan(0, at).EndsWith("return ")))
            {
                break;
            }
        }

        return at;
    }

    [GeneratedRegex("//[^\n]*", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(if|while) \(", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Branch();

    [GeneratedRegex(@"^\s*(return\b(?! \w)|continue\b)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Leaves();

    [GeneratedRegex(@"\bbool \w+ = [^;]*;", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Truth();

    [GeneratedRegex(@"\w+ = (?<value>([^,=(]|<=|>=|==|!=|\([^)]*\))*)[,;]", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Value();

    [GeneratedRegex(@"\bfor \(", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Loop();

    [GeneratedRegex(@"(?<!int )\b(smaller|larger)\(", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Clamp();

    [GeneratedRegex("<=|>=|(?<!<)<(?!<)|(?<!>)>(?![>])|aligned16", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Comparison();

    // A comparison of values, which no address depends on.
    [GeneratedRegex(@"\d\.\d*f|INFINITE|\bunit\(|\bbest\b(?!_)|\b(other|v) > |\bkeep\b|skip_update|\bb > a\b|finite|0x7f800000", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Float();
}
