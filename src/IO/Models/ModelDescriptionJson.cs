using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlexNetCuda.IO;

/// <summary>A <see cref="ModelDescription"/> as the JSON that files keep: camelCase names, enumerations by name, nothing for null.</summary>
public static class ModelDescriptionJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
    };

    /// <summary>Writes a description.</summary>
    public static string Write(ModelDescription description) => JsonSerializer.Serialize(description, Options);

    /// <summary>Reads a description. Whether there is such a network is not checked.</summary>
    /// <param name="json">The JSON; names that are not known are skipped, so that later versions may add some.</param>
    /// <exception cref="FormatException">It is no description; the message says what is wrong.</exception>
    public static ModelDescription Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return JsonSerializer.Deserialize<ModelDescription>(json, Options) ?? throw new FormatException("the description of the model is null.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"the description of the model is not the JSON that it should be: {TensorShapes.Printable(e.Message)}", e);
        }
    }
}
