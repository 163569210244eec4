namespace Codec.Tests.Abuse;

/// <summary>Does an attack once, with a peer of its own, until it fails or the token is canceled.</summary>
public delegate Task AttackOnce(Peer peer, CancellationToken end);

/// <summary>What peers do to make a server hold memory or refuse others. A failed call is what an attacker expects.</summary>
/// <param name="Name">Selects it on bench's command line.</param>
/// <param name="Effect">What it does, in a few words.</param>
/// <param name="Prepare">Makes what is sent, which may take seconds.</param>
/// <param name="Addresses">From how many addresses it is done at the same time.</param>
public sealed record Attack(string Name, string Effect, Func<AttackOnce> Prepare, int Addresses = 1)
{
    /// <summary>How long calls that stall are kept open: the server ends them itself, and this is longer than its patience.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(20);

    /// <summary>Attacks by what few calls carry.</summary>
    public static IReadOnlyList<Attack> ByContent { get; } =
    [
        new("declare", "90 declared messages of 24 MiB that lack a byte", MessageAttacks.Declare),
        new("unread", "10 streams of decoded images that are not read", MessageAttacks.DecodeUnread),
        new("subscribers", "30 stalled subscribers of large codes", () => MessageAttacks.SubscribeUnreadAsync),
        new("full", "a connection full of streams, and a body that stalls", () => MessageAttacks.FillConnectionAsync),
        new("silent", "300 connections that say nothing", () => ConnectionAttacks.StaySilentAsync),
        new("padded", "40 files of 20 MB with 64×64 pixels", ImageAttacks.SendPadded),
        new("text", "files of 1×1 pixel with 19 MiB of text", ImageAttacks.SendText),
        new("deep", "33-megapixel PNG files of 16 bits", () => ImageAttacks.SendDeep(interlaced: false)),
        new("interlaced", "33-megapixel PNG files of 16 bits, interlaced", () => ImageAttacks.SendDeep(interlaced: true)),
        new("progressive", "33-megapixel JPEG files, progressive", ImageAttacks.SendProgressive),
        new("noise", "4 streams of noise", ImageAttacks.EncodeNoise),
        new("versions", "16 idle streams, each on another version", () => ModelAttacks.IdleOnVersionsAsync),
        new("uploads", "16 uploads with empty chunks", () => ModelAttacks.UploadNothingAsync),
        new("aliases", "aliases without end", () => ModelAttacks.SetAliasesAsync),
    ];

    /// <summary>
    /// Attacks by the number of connections and calls: from six addresses, which together may have more calls than there is memory for.
    /// </summary>
    public static IReadOnlyList<Attack> ByNumber { get; } =
    [
        new("flood", "3 × 512 connections with 4 MiB each that no call reads", ConnectionAttacks.SendUnread, Addresses: 3),
        new("calls", "3 × 512 connections with 100 calls each that read no answers", ConnectionAttacks.LeaveUnread, Addresses: 3),
    ];

    /// <summary>Every attack.</summary>
    public static IReadOnlyList<Attack> All { get; } = [.. ByContent, .. ByNumber];

    /// <summary>Runs a prepared attack again and again until the end.</summary>
    /// <param name="once">The attack.</param>
    /// <param name="address">The server.</param>
    /// <param name="from">The peer's address.</param>
    /// <param name="end">Ends it.</param>
    internal static async Task RepeatAsync(AttackOnce once, Uri address, string from, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            using var peer = new Peer(address, from);
            try
            {
                await once(peer, end);
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    /// <summary>Keeps calls open for longer than the server's patience.</summary>
    internal static async Task HoldAsync(IDisposable[] calls, CancellationToken end)
    {
        try
        {
            await Task.Delay(Hold, end);
        }
        finally
        {
            Array.ForEach(calls, call => call.Dispose());
        }
    }

    internal static bool IsExpected(Exception exception) =>
        exception
            is Grpc.Core.RpcException
                or OperationCanceledException
                or IOException
                or HttpRequestException
                or System.Net.Sockets.SocketException;
}
