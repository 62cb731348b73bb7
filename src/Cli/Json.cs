using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlexNetCuda.Cli;

/// <summary>How this command writes JSON: camelCase, indented, nothing for null.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is a file, not a part of a web page
        WriteIndented = true,
    };

    public static string Serialize(object value) => JsonSerializer.Serialize(value, Options);

    public static void Write(Stream stream, object value) => JsonSerializer.Serialize(stream, value, Options);
}
