using Codec.Client.Tests.Infrastructure;
using Codec.Frames;

namespace Codec.Client.Tests.Channels;

/// <summary>A server whose log has a damaged code, for tests of subscriptions.</summary>
internal static class DamagedLog
{
    public static SubscribeOptions FromStart { get; } = new() { From = SubscribeFrom.Start };

    /// <summary>A log of 1 to 9 with a damaged code at 4, in one frame as the server cuts it.</summary>
    public static Script Log =>
        async (request, sender) =>
        {
            long next = Math.Max(1, request.Sequence);
            await sender.PositionAsync(next);
            await sender.HeaderAsync(next);
            ReadOnlyMemory<byte>[] codes =
            [
                .. Range(next, 9).Select(sequence => sequence == 4 ? Damaged : (ReadOnlyMemory<byte>)Sender.Code(sequence)),
            ];
            await sender.RawFrameAsync(next, CodeFrame.Write(1, codes));
            await sender.StayAsync();
        };

    /// <summary>Bytes that start no code, which the decoder detects in the middle of the frame.</summary>
    public static byte[] Damaged => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    public static IEnumerable<long> Range(long first, long last) =>
        Enumerable.Range((int)first, (int)(last - first + 1)).Select(i => (long)i);

    public static async Task<ScriptedServer> StartAsync()
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        return server;
    }
}
