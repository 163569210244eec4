using Codec.Server.Channels;
using Codec.Server.Options;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Channels;

public sealed class HousekeepingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_AChoreFails_IsLoggedAndTheOthersRun()
    {
        var time = new FakeTimeProvider();
        var errors = new ErrorLog();
        using var loggers = new LoggerFactory([errors]);
        using var sweeps = new SemaphoreSlim(0);
        int count = 0;
        var failing = new Chore("channels", _ => ++count == 2 ? throw new IOException("no disk") : Task.CompletedTask);
        var next = new Chore(
            "blobs",
            _ =>
            {
                sweeps.Release();
                return Task.CompletedTask;
            }
        );
        using var housekeeping = new Housekeeping(
            [failing, next],
            Meters.Create(time),
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
        Assert.Equal(3, count);
        string error = Assert.Single(errors.Of(403));
        Assert.Contains("no disk", error, StringComparison.Ordinal);
        Assert.Contains("sweep of the channels", error, StringComparison.Ordinal);
    }
}
