using Codec.Models;
using Codec.Server.Channels;
using Codec.Server.Options;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Channels;

public sealed class HousekeepingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_ASweepFails_IsLoggedAndTheNextOneRuns()
    {
        var time = new FakeTimeProvider();
        var errors = new ErrorLog();
        using var loggers = new LoggerFactory([errors]);
        using var sweeps = new SemaphoreSlim(0);
        int count = 0;
        var log = new SweptLog(() =>
        {
            sweeps.Release();
            return ++count == 2 ? throw new IOException("no disk") : Task.CompletedTask;
        });
        using var housekeeping = new Housekeeping(
            log,
            Options.Create(new ChannelOptions { SweepSeconds = 7 }),
            time,
            loggers.CreateLogger<Housekeeping>()
        );
        await housekeeping.StartAsync(Ct);

        Assert.Equal(0, sweeps.CurrentCount);
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(7));
            await sweeps.WaitAsync(Ct);
        }

        await housekeeping.StopAsync(Ct);
        Assert.Contains("no disk", Assert.Single(errors.Of(403)), StringComparison.Ordinal);
    }

    /// <summary>A log that only supports sweeps.</summary>
    private sealed class SweptLog(Func<Task> sweep) : IChannelLog
    {
        public Task SweepAsync(CancellationToken cancellationToken) => sweep();

        public Task<ChannelRecord> CreateAsync(string name, Retention retention, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ProducerState> OpenProducerAsync(
            ChannelId channel,
            string producer,
            long epoch,
            bool transient,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task CloseProducerAsync(
            ChannelId channel,
            string producer,
            long epoch,
            bool answered,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<ItemOutcome> AppendAsync(
            ChannelId channel,
            CodeRun run,
            ProducerPosition? producer,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<ItemOutcome> RefuseAsync(
            ChannelId channel,
            ProducerPosition producer,
            ReadOnlyMemory<byte> refusal,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<LogPage> ReadAsync(
            ChannelId channel,
            long sequence,
            ReadBounds bounds,
            KeyFilter? filter,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<LogPage> ReadLatestAsync(
            ChannelId channel,
            long after,
            long end,
            ReadBounds bounds,
            KeyFilter? filter,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<long> FindSequenceAsync(ChannelId channel, DateTimeOffset storedAt, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task WaitAsync(ChannelId channel, long sequence, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WhenDeletedAsync(ChannelId channel, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> HoldsVersionAsync(Digest version, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ConsumerRecord> CommitAsync(
            ChannelId channel,
            string consumer,
            long nextSequence,
            bool allowRewind,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<ConsumerRecord?> FindConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(ChannelId channel, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task DeleteConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
