using Codec.Frames;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;

namespace Codec.Tests.Abuse;

/// <summary>Calls whose messages or answers stall.</summary>
internal static class MessageAttacks
{
    public static AttackOnce Declare()
    {
        byte[] most = [.. RawCall.Frame(new byte[24 << 20]).AsSpan(..^1)];
        return (peer, end) =>
            Attack.HoldAsync([.. Enumerable.Range(0, 90).Select(_ => peer.Begin("/codec.v1.ModelService/ListModels", most))], end);
    }

    public static AttackOnce DecodeUnread()
    {
        const int Side = 1100;
        using CodecModel photos = AbusedServer.LoadPhotos();
        byte[] code = photos.Encode(new byte[Side * Side * 3], Side, Side, 0);
        var request = new V1.DecodeRequest { Model = "photos", Frame = ByteString.CopyFrom(CodeFrame.Write(0, [code])) };
        return (peer, end) =>
            Attack.HoldAsync(
                [.. Enumerable.Range(0, 10).Select(_ => peer.Begin("/codec.v1.CodecService/DecodeStream", request, copies: 80))],
                end
            );
    }

    public static async Task SubscribeUnreadAsync(Peer peer, CancellationToken end) =>
        await Attack.HoldAsync(
            [
                .. Enumerable
                    .Range(0, 30)
                    .Select(_ =>
                        peer.Begin("/codec.v1.ChannelService/Subscribe", new V1.SubscribeRequest { Channel = "large", Start = true })
                    ),
            ],
            end
        );

    public static async Task FillConnectionAsync(Peer peer, CancellationToken end) =>
        await Attack.HoldAsync(
            [
                .. Enumerable
                    .Range(0, 99)
                    .Select(_ => peer.Begin("/codec.v1.ChannelService/Subscribe", new V1.SubscribeRequest { Channel = "small" })),
                peer.Begin("/codec.v1.CodecService/Encode", RawCall.Frame(new byte[1000])[..500]),
            ],
            end
        );
}
