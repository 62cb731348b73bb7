using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlexNetCuda.IO;

/// <summary>
/// The JSON that is kept in the metadata of our files: names in camel case, enumerations by name, nothing for null. Names that are not known are skipped, so that later
/// versions may add some.
/// </summary>
internal static class ModelJson
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, s_options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="key">The key of its metadata, for messages.</param>
    /// <exception cref="WeightFileException">The JSON is not of this type.</exception>
    public static T Read<T>(string json, string path, string key)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, s_options) ?? throw new JsonException("it is null.");
        }
        catch (JsonException e)
        {
            throw new WeightFileException(path, $"the metadata of key '{key}' is not the JSON that it should be: {TensorShapes.Printable(e.Message)}", e);
        }
    }
}
