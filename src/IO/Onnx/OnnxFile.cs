using Google.Protobuf;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// Reads files of ONNX's format. Whatever is wrong with a file's bytes is an <see cref="InvalidDataException"/> whose message begins with its path;
/// a file that is not there, or not to be read, is the file system's exception as it is.
/// </summary>
internal static class OnnxFile
{
    /// <summary>Reads a model (<c>.onnx</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no ONNX model.</exception>
    public static ModelProto ReadModel(string path)
    {
        ModelProto model = Parse(path, ModelProto.Parser, "model");
        return model.Graph is { Node.Count: > 0 } ? model : throw Error(path, "not an ONNX model: it holds no graph with nodes.");
    }

    /// <summary>Reads a file that holds one tensor (<c>.pb</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no ONNX tensor, or one that is not supported.</exception>
    public static OnnxTensor ReadTensor(string path) => new(Parse(path, TensorProto.Parser, "tensor"), path);

    /// <summary>The exception for a file that cannot be used.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public static InvalidDataException Error(string path, string reason, Exception? innerException = null) => new($"{path}: {reason}", innerException);

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
            throw Error(path, $"not an ONNX {what}, or a damaged one: {e.Message}", e);
        }
    }
}
