namespace AlexNetCuda.IO;

/// <summary>A picture, or a folder of pictures, that cannot be used. The message starts with its path and says what is wrong.</summary>
public sealed class PictureException : Exception
{
    /// <summary>Says what is wrong with which file or folder.</summary>
    /// <param name="path">The file or folder (or, for bytes in memory, the name the caller gave them).</param>
    /// <param name="reason">What is wrong, without the path.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public PictureException(string path, string reason, Exception? innerException = null)
        : base($"{path}: {reason}", innerException)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The file or folder (or the name given to bytes in memory).</summary>
    public string Path { get; }

    /// <summary>What is wrong, without the path.</summary>
    public string Reason { get; }
}
