using Google.Protobuf;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// Reads files of ONNX's format. Whatever is wrong with a file's bytes is an <see cref="OnnxException"/>, whose message begins with its path;
/// a file that is not there, or not to be read, is the file system's exception as it is.
/// </summary>
internal static class OnnxFile
{
    /// <summary>Reads a model (<c>.onnx</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OnnxException">It is no ONNX model.</exception>
    public static ModelProto ReadModel(string path)
    {
        ModelProto model = Parse(path, ModelProto.Parser, "model");
        return model.Graph is { Node.Count: > 0 } ? model : throw new OnnxException(path, "not an ONNX model: it holds no graph with nodes.");
    }

    /// <summary>Reads a file that holds one tensor (<c>.pb</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OnnxException">It is no ONNX tensor, or one that is not supported.</exception>
    public static OnnxTensor ReadTensor(string path) => new(Parse(path, TensorProto.Parser, "tensor"), path);

    /// <summary>A name in quotation marks for a message, the end of a long one left out.</summary>
    public static string Quote(string name) => name.Length <= 80 ? $"'{name}'" : $"'{name[..80]}...'";

    private static T Parse<T>(string path, MessageParser<T> parser, string what)
        where T : IMessage<T>
    {
        using FileStream stream = File.OpenRead(path);
        try
        {
            return parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException(path, $"not an ONNX {what}, or a damaged one: {e.Message}", e);
        }
    }
}
