using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CodecServer.Tests.Fuzzing;

/// <summary>One call: what is sent, and how it was made from a valid message.</summary>
/// <param name="Method">The method.</param>
/// <param name="What">The mutation, for the report of a failure.</param>
/// <param name="Body">The whole request body, with gRPC's prefixes.</param>
/// <param name="Encoding">The header grpc-encoding; null if there is none.</param>
internal sealed record FuzzCase(MethodDescriptor Method, string What, byte[] Body, string? Encoding)
{
    /// <summary>The mutations of a message's bytes.</summary>
    private static readonly (string Name, Func<Random, byte[], byte[]> Apply)[] Mutations =
    [
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("hostile values", (_, bytes) => bytes),
        ("bit flips", FlipBits),
        ("cut short", (random, bytes) => bytes[..random.Next(bytes.Length + 1)]),
        ("wire types", ChangeTags),
        ("huge length", InsertHugeLength),
        ("deep nesting", (random, bytes) => [.. Nested(random), .. bytes]),
        ("invalid UTF-8", (random, bytes) => [.. bytes, (byte)((random.Next(1, 10) << 3) | 2), 3, 0xC3, 0x28, 0xFF]),
        ("garbage", (random, _) => RandomBytes(random, random.Next(100))),
        ("unknown fields", (random, bytes) => [.. bytes, 0xFA, 0xFF, 0x3F, 5, .. RandomBytes(random, 5)]),
    ];

    /// <summary>Makes the case of a number: the same one in every run.</summary>
    public static FuzzCase Create(int seed, int number, MethodDescriptor method, FuzzWords words)
    {
        var random = new Random(HashCode(seed, number));
        var messages = new HostileMessages(random, words);
        var body = new List<byte>();
        var what = new List<string>();
        string? encoding = null;
        for (int count = method.IsClientStreaming ? random.Next(1, 6) : 1; count > 0; count--)
        {
            (string name, Func<Random, byte[], byte[]> apply) = Mutations[random.Next(Mutations.Length)];
            what.Add(name);
            body.AddRange(RawCall.Frame(apply(random, messages.Create(method.InputType).ToByteArray())));
        }

        byte[] framed = [.. body];
        switch (random.Next(24))
        {
            case 0:
                what.Add("unknown flag");
                framed[0] = (byte)random.Next(2, 256);
                break;
            case 1:
                what.Add("compressed flag");
                framed[0] = 1;
                encoding = new[] { null, "gzip", "identity", "none-such" }[random.Next(4)];
                break;
            case 2:
                what.Add("wrong length");
                framed[random.Next(1, 5)] ^= (byte)random.Next(1, 256);
                break;
            case 3:
                what.Add("trailing garbage");
                framed = [.. framed, .. RandomBytes(random, random.Next(1, 12))];
                break;
            case 4:
                what.Add("body cut short");
                framed = framed[..random.Next(framed.Length)];
                break;
            case 5:
                what.Add("second message");
                framed = [.. framed, .. framed];
                break;
        }

        return new FuzzCase(method, string.Join(", ", what), framed, encoding);
    }

    /// <summary>Combines two numbers in the same way in each process, unlike System.HashCode.</summary>
    private static int HashCode(int seed, int number) => unchecked((seed * 397) ^ (number * 7919));

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] FlipBits(Random random, byte[] bytes)
    {
        for (int count = bytes.Length == 0 ? 0 : random.Next(1, 9); count > 0; count--)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));

        return bytes;
    }

    private static byte[] ChangeTags(Random random, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += random.Next(1, 9))
            bytes[at] = (byte)((random.Next(1, 16) << 3) | random.Next(8));

        return bytes;
    }

    private static byte[] InsertHugeLength(Random random, byte[] bytes)
    {
        int at = random.Next(bytes.Length + 1);
        byte[] length = random.Next(3) switch
        {
            0 => [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
            1 => [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            _ => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        };
        return [.. bytes[..at], (byte)((random.Next(1, 10) << 3) | 2), .. length, .. bytes[at..]];
    }

    /// <summary>Groups within groups, or a field within a field: a parser without a bound would overflow its stack.</summary>
    private static byte[] Nested(Random random)
    {
        int depth = random.Next(1, 5_000);
        if (random.Next(2) == 0)
            return [.. Enumerable.Repeat((byte)0x0B, depth)];

        byte[] inner = [];
        for (int i = 0; i < 120; i++)
            inner = [(byte)((random.Next(1, 4) << 3) | 2), (byte)(inner.Length | 0x80), (byte)(inner.Length >> 7), .. inner];

        return inner;
    }
}
