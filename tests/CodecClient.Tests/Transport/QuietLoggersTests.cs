using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Tests.Transport;

/// <summary>grpc-dotnet logs attempts at Debug only; an application sees the client's own messages.</summary>
public sealed class QuietLoggersTests
{
    [Fact]
    public async Task Call_Fails_GrpcLogsNothingAboveDebug()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.OnList = () => throw ScriptedServer.Status(StatusCode.NotFound);
        using var loggers = new Levels();
        using CodecClient client = Clients.Create(server.Address, loggers);

        await Assert.ThrowsAsync<NotFoundException>(() => client.ListChannelsAsync(TestContext.Current.CancellationToken));

        Assert.Contains(
            loggers.Entries,
            entry => entry.Level == LogLevel.Debug && entry.Text.Contains("NotFound", StringComparison.Ordinal)
        );
        Assert.All(loggers.Entries, entry => Assert.InRange(entry.Level, LogLevel.Trace, LogLevel.Debug));
    }

    /// <summary>Records what grpc-dotnet logs.</summary>
    private sealed class Levels : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Grpc", StringComparison.Ordinal)
                ? this
                : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Entries.Enqueue((logLevel, formatter(state, exception)));

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }
    }
}
