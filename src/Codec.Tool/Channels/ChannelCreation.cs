using System.CommandLine;
using Codec.Client;

namespace Codec.Tool.Channels;

/// <summary>The option that creates the channel of a command.</summary>
internal static class ChannelCreation
{
    /// <summary>The option.</summary>
    public static Option<bool> Option() => new("--create") { Description = "Create the channel if it does not exist." };

    /// <summary>Creates a channel that keeps everything; one that exists with another retention is as good.</summary>
    public static async Task EnsureAsync(CodecClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateChannelAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException) { }
    }
}
