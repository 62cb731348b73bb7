using System.Text.RegularExpressions;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>
/// What of a source a kernel can use: the functions and macros that its own text names, those that these name, and so on. A name that is used counts whatever it means
/// there, and all else (structures, types, kernels) counts always: too much may be taken for used, and never too little.
/// </summary>
internal static partial class SourceReach
{
    /// <summary>What the one kernel of a source can use, in order and without comments.</summary>
    /// <param name="source">A source that has one kernel alone (<see cref="SingleKernel.Source"/>).</param>
    /// <param name="header">The header it includes.</param>
    internal static string Of(string source, string header)
    {
        List<(string? Name, string Text)> parts = [.. Parts(header), .. Parts(source)];
        var reached = parts.ConvertAll(part => part.Name is null);
        HashSet<string> used = [];
        for (var grows = true; grows;)
        {
            grows = false;
            for (var i = 0; i < parts.Count; i++)
            {
                if (reached[i] || used.Contains(parts[i].Name!))
                {
                    reached[i] = true;
                    foreach (Match name in Word().Matches(parts[i].Text))
                    {
                        grows |= used.Add(name.Value);
                    }
                }
            }
        }

        return string.Concat(parts.Where((_, i) => reached[i]).Select(part => part.Text));
    }

    // Functions and macros by their names, and what lies between them without one.
    private static IEnumerable<(string? Name, string Text)> Parts(string text)
    {
        text = Include().Replace(Comment().Replace(text, ""), "");
        var at = 0;
        foreach (Match match in Definition().Matches(text))
        {
            yield return (null, text[at..match.Index]);
            yield return (match.Groups["name"].Value, match.Value);
            at = match.Index + match.Length;
        }

        yield return (null, text[at..]);
    }

    [GeneratedRegex(@"[A-Za-z_]\w*", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Word();

    [GeneratedRegex("[ \t]*//[^\n]*", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Comment();

    [GeneratedRegex("^#(include|pragma once)[^\n]*\n", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex Include();

    // A macro with the lines it is continued on; a function on one line, or up to the first line that is a closing brace.
    [GeneratedRegex(
        @"^(\#define (?<name>\w+)([^\n]*\\\n)*[^\n]*\n|(template <[^\n]*\n)?__device__ [^(\n]*?\b(?<name>\w+)\(([^\n]*\}\n|[^\n]*\n([^\n{}]*\n)*?\{\n(?:(?!\}\n)[^\n]*\n)*\}\n))",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex Definition();
}
