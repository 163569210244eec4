namespace Codec.CommandLine;

/// <summary>The exit codes of our programs.</summary>
public static class ExitCodes
{
    /// <summary>All work was done.</summary>
    public const int Success = 0;

    /// <summary>Some or all of the work failed; the error output gives the reasons, one a line.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong, or a variable or profile that completes it; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, did not answer in time, or is full; try again.</summary>
    public const int Unreachable = 3;

    /// <summary>A model, version, alias, channel, consumer or key that the command names does not exist on the server.</summary>
    public const int NotFound = 4;

    /// <summary>The server requires a credential, or does not allow the call to this caller.</summary>
    public const int Denied = 5;

    /// <summary>Stopped by Ctrl-C, as shells expect it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of the output has gone, as <c>head</c> does, as shells expect it: 128 + SIGPIPE.</summary>
    public const int OutputClosed = 141;
}
