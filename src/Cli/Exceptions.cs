namespace AlexNetCuda.Cli;

/// <summary>The command line makes no sense: exit code 2.</summary>
internal sealed class UsageException : Exception
{
    public UsageException() { }

    public UsageException(string message) : base(message) { }

    public UsageException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>What was asked cannot be done here and now: exit code 1.</summary>
internal sealed class CommandException : Exception
{
    public CommandException() { }

    public CommandException(string message) : base(message) { }

    public CommandException(string message, Exception innerException) : base(message, innerException) { }
}
