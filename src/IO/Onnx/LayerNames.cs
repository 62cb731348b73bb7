using System.Globalization;
using System.Text;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// Names of layers from the names of a graph: unique, of letters, digits and <c>_ . - / :</c> (patterns of parameters' names give <c>* ? ,</c> a meaning), and none that a
/// network has for itself.
/// </summary>
internal sealed class LayerNames
{
    private const int Longest = 200;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal) { Network.InputName, Network.LabelsName };
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);

    /// <summary>A name like the one of the graph, which nobody else gets: with _2, _3 and so on behind it where it is taken.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="kind">What it is called where that has nothing to keep.</param>
    public string Make(string name, string kind)
    {
        var kept = new StringBuilder();
        foreach (char c in name.Trim('/').Take(Longest)) kept.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':' ? c : '_');
        string wanted = kept.Length > 0 ? kept.ToString() : kind, unique = wanted;
        for (int n = _next.GetValueOrDefault(wanted, 2); !_taken.Add(unique); n++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{n}");
            _next[wanted] = n + 1;
        }

        return unique;
    }
}
