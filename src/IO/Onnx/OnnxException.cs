namespace AlexNetCuda.IO;

/// <summary>An ONNX file that cannot be used, or a network that cannot be written as one. The message starts with the file's path and says where in it and what is wrong.</summary>
public sealed class OnnxException : Exception
{
    /// <summary>Says what is wrong with which file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reason">What is wrong, and where in the file (node, operator, tensor), without the path.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public OnnxException(string path, string reason, Exception? innerException = null)
        : base($"{path}: {reason}", innerException)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong, without the path.</summary>
    public string Reason { get; }
}
