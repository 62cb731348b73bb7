namespace AlexNetCuda.IO;

/// <summary>A file of weights that cannot be read or written. The message starts with its path and says what is wrong.</summary>
public sealed class WeightFileException : Exception
{
    /// <summary>Says what is wrong with which file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reason">What is wrong, without the path.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public WeightFileException(string path, string reason, Exception? innerException = null)
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
