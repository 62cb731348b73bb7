using System.IO.Enumeration;

namespace AlexNetCuda;

/// <summary>How names of layers and parameters are picked: a name with * (any characters) and ? (any one), or several with commas between.</summary>
public static class NamePattern
{
    /// <summary>Whether a name matches one of the patterns; case counts.</summary>
    /// <param name="patterns">The patterns, with commas between.</param>
    /// <param name="name">The name.</param>
    public static bool Matches(string patterns, string name)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        ArgumentNullException.ThrowIfNull(name);
        return Array.Exists(
            patterns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            p => FileSystemName.MatchesSimpleExpression(p, name, ignoreCase: false));
    }
}
