using System.Text;
using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Codec.Models;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Channels;

/// <summary>Codes, frames, and their info.</summary>
public sealed class PublishCodesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.FromHours(2));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SendCode_FullFrame_SharesItAndEachHasItsSequence()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 5));
        var sequences = new List<long>();
        await using (ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { CodesPerFrame = 3 }))
        {
            var sent = new List<Sent>();
            for (byte i = 0; i < 7; i++)
                sent.Add(await publisher.SendCodeAsync(new[] { i, i }, cancellationToken: Token));
            await publisher.FlushAsync(Token).SoonAsync();
            foreach (Sent item in sent)
                sequences.Add((await item.Acknowledged.SoonAsync()).FirstSequence);
            Assert.Equal(Enumerable.Range(0, 7).Select(i => (long)i), sent.Select(item => item.Index));
        }

        Assert.Equal([5L, 6, 7, 8, 9, 10, 11], sequences);
        V1.PublishRequest[] frames = [.. await taken.Task.SoonAsync()];
        Assert.Equal([3, 3, 1], frames.Select(frame => CodeFrame.ReadHeader(frame.Frame.Span).Count));
        Assert.Equal([1L, 2, 3], frames.Select(frame => frame.ProducerSequence));
        byte[] expected = CodeFrame.Write(PublisherBench.Quality, [new byte[] { 0, 0 }, new byte[] { 1, 1 }, new byte[] { 2, 2 }]);
        Assert.Equal(expected, frames[0].Frame.ToByteArray());
    }

    [Fact]
    public async Task SendCode_Lingering_LeavesAfterTheTime()
    {
        var time = new FakeTimeProvider();
        await using PublisherBench bench = await PublisherBench.StartAsync(time, options => options, ServeAsync(new(), next: 1));
        await using ChannelPublisher publisher = await bench.OpenAsync(Frames(3));
        Task<Acknowledgement> sent = (await publisher.SendCodeAsync(new byte[] { 1 }, cancellationToken: Token)).Acknowledged;
        time.Advance(Frames(3).Linger);
        Assert.Equal(1, (await sent.SoonAsync()).FirstSequence);
    }

    [Fact]
    public async Task SendImage_AfterCodesThatWait_FollowsThem()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 1));
        await using (ChannelPublisher publisher = await bench.OpenAsync(Frames(3)))
        {
            await publisher.SendCodeAsync(new byte[] { 1 }, cancellationToken: Token);
            Assert.Equal(2, (await publisher.PublishSoonAsync(1)).FirstSequence);
        }

        List<V1.PublishRequest> requests = await taken.Task.SoonAsync();
        Assert.Equal(["Frame", "Image"], requests.Select(request => $"{request.PartCase}"));
    }

    [Fact]
    public async Task SendCode_BytesOfABatch_AreBounded()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 1));
        await using (ChannelPublisher publisher = await bench.OpenAsync(Frames(100)))
        {
            for (int i = 0; i < 3; i++)
                await publisher.SendCodeAsync(new byte[100_000], cancellationToken: Token);
        }

        Assert.Equal([2, 1], (await taken.Task.SoonAsync()).Select(frame => CodeFrame.ReadHeader(frame.Frame.Span).Count));
    }

    [Fact]
    public async Task SendCode_WithInfo_PacksItIntoTheFrame()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 1));
        var headers = new Dictionary<string, string> { ["lens"] = "50mm" };
        var info = new CodeInfo
        {
            Key = "door",
            CapturedAt = Noon,
            StoredAt = Noon,
            Headers = headers,
        };
        await using (ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { CodesPerFrame = 2 }))
        {
            await publisher.SendCodeAsync(new byte[] { 1 }, info, Token);
            headers["lens"] = "changed";
            await publisher.SendCodeAsync(new byte[] { 2 }, cancellationToken: Token);
        }

        byte[] frame = (await taken.Task.SoonAsync()).Single().Frame.ToByteArray();
        FrameInfo read = CodeFrame.ReadInfo(frame, CodeFrame.ReadHeader(frame));
        Assert.Equal(
            info with
            {
                StoredAt = null,
                Headers = new Dictionary<string, string> { ["lens"] = "50mm" },
            },
            read[0]
        );
        Assert.Equal(CodeInfo.None, read[1]);
    }

    [Fact]
    public async Task SendImage_WithInfo_SendsItWithTheImage()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 1));
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            var info = new CodeInfo
            {
                Key = "door",
                CapturedAt = Noon,
                Headers = new Dictionary<string, string> { ["lens"] = "50mm" },
            };
            await publisher.SendImageAsync(Clients.Source(1), info, Token);
            await publisher.SendImageAsync(Clients.Source(2), CodeInfo.None, Token);
        }

        List<V1.PublishRequest> requests = await taken.Task.SoonAsync();
        var expected = new V1.CodeInfo
        {
            Key = "door",
            CapturedAt = Timestamp.FromDateTimeOffset(Noon),
            Headers = { ["lens"] = "50mm" },
        };
        Assert.Equal(expected, requests[0].Info);
        Assert.Null(requests[1].Info);
    }

    [Fact]
    public async Task Send_InfoOutsideItsBounds_ThrowsAndSendsNothing()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(taken, next: 1));
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            var info = new CodeInfo { Key = new string('k', CodeInfo.MaxKeyBytes + 1) };
            await Assert.ThrowsAsync<ArgumentException>(() => publisher.PublishAsync(Clients.Source(1), info, Token));
            await Assert.ThrowsAsync<ArgumentException>(() => publisher.SendImageAsync(Clients.Source(1), info, Token));
            await Assert.ThrowsAsync<ArgumentException>(() => publisher.SendCodeAsync(new byte[] { 1 }, info, Token));
            await Assert.ThrowsAsync<ArgumentException>(() => publisher.SendCodeAsync(Array.Empty<byte>(), cancellationToken: Token));
        }

        Assert.Empty(await taken.Task.SoonAsync());
    }

    [Fact]
    public async Task Send_ReusedBuffer_SendsWhatWasInItAtTheCall()
    {
        const int Count = 40;
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        var start = new TaskCompletionSource();
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await start.Task;
            taken.SetResult(await call.ServeAsync());
        });
        var pixels = new byte[8 * 8 * 3];
        byte[] code = new byte[1],
            frame = CodeFrame.Write(1, [code]);
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            for (byte i = 0; i < Count; i++)
            {
                pixels.AsSpan().Fill(i);
                code[0] = frame[^1] = i;
                if (i % 4 == 0)
                    await publisher.SendImageAsync(ImageSource.FromPixels(pixels, 8, 8), cancellationToken: Token);
                else if (i % 4 == 1)
                    await publisher.SendImageAsync(ImageSource.FromFile(pixels), cancellationToken: Token);
                else if (i % 4 == 2)
                    await publisher.SendCodeAsync(code, cancellationToken: Token);
                else
                    await publisher.SendFrameAsync(frame, Token);
            }

            start.SetResult();
        }

        Assert.Equal(
            Enumerable.Range(0, Count).Select(i => (byte)i),
            (await taken.Task.SoonAsync()).Select(request =>
                request.Image is { Pixels: { } sent } ? sent.Data[^1]
                : request.Image is { } image ? image.File[^1]
                : request.Frame[^1]
            )
        );
    }

    [Fact]
    public async Task SendFrame_NotAFrameOrOfAnotherVersion_Throws()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync(new(), next: 1));
        await using ChannelPublisher publisher = await bench.OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => publisher.SendFrameAsync(Encoding.UTF8.GetBytes("no frame"), Token));
        byte[] other = CodeFrame.Write(1, [new byte[] { 1 }], version: Digest.Of([9]));
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => publisher.SendFrameAsync(other, Token));
        Assert.Contains("is of the version", failure.Message, StringComparison.Ordinal);
        byte[] frame = CodeFrame.Write(1, [new byte[] { 1 }, new byte[] { 2 }], version: publisher.Version);
        Assert.Equal(new Acknowledgement(1, 2), await (await publisher.SendFrameAsync(frame, Token)).Acknowledged.SoonAsync());
    }

    [Fact]
    public async Task Send_FullWindow_KeepsTheOrderOfTheCalls()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        var start = new TaskCompletionSource();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            TimeProvider.System,
            OneAtATime,
            async call =>
            {
                await call.GreetAsync();
                await start.Task;
                taken.SetResult(await call.ServeAsync());
            }
        );
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            byte[] codes = [.. Enumerable.Range(0, 20).Select(i => (byte)i)];
            Task<Sent>[] sending = [.. codes.Select(code => publisher.SendCodeAsync(new[] { code }, cancellationToken: Token))];
            start.SetResult();
            await Task.WhenAll(sending).SoonAsync();
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), (await taken.Task.SoonAsync()).Select(request => request.Frame[^1]));
    }

    [Fact]
    public async Task SendCode_CancelledWhileTheWindowIsFull_IsNotSent()
    {
        var taken = new TaskCompletionSource<List<V1.PublishRequest>>();
        var start = new TaskCompletionSource();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            TimeProvider.System,
            OneAtATime,
            async call =>
            {
                await call.GreetAsync();
                await start.Task;
                taken.SetResult(await call.ServeAsync());
            }
        );
        await using (ChannelPublisher publisher = await bench.OpenAsync(Frames(2)))
        {
            await publisher.SendAsync(1);
            await publisher.SendCodeAsync(new byte[] { 1 }, cancellationToken: Token);
            using var cancellationToken = new CancellationTokenSource();
            Task<Sent> second = publisher.SendCodeAsync(new byte[] { 2 }, cancellationToken: cancellationToken.Token);
            await cancellationToken.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.SoonAsync());
            start.SetResult();
            Assert.Equal(2, (await publisher.SendCodeAsync(new byte[] { 3 }, cancellationToken: Token).SoonAsync()).Index);
        }

        byte[] frame = (await taken.Task.SoonAsync())[^1].Frame.ToByteArray();
        Assert.Equal(CodeFrame.Write(PublisherBench.Quality, [new byte[] { 1 }, new byte[] { 3 }]), frame);
    }

    private static CodecClientOptions OneAtATime(CodecClientOptions options) => options with { MaxInFlight = 1 };

    private static PublisherOptions Frames(int codes) => new() { CodesPerFrame = codes, Linger = TimeSpan.FromMinutes(1) };

    private static Func<PublishCall, Task> ServeAsync(TaskCompletionSource<List<V1.PublishRequest>> taken, long next) =>
        async call =>
        {
            await call.GreetAsync();
            taken.SetResult(await call.ServeAsync(next));
        };
}
