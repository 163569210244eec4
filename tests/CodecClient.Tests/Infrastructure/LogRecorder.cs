using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Keeps what the client logs.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> _entries = new();
    private readonly SemaphoreSlim _added = new(0);

    public IEnumerable<string> Of(int eventId) => _entries.Where(entry => entry.Id.Id == eventId).Select(entry => entry.Text);

    /// <summary>How often the client said that it tries again.</summary>
    public int Retries => Of(1).Count();

    /// <summary>Ends when there are so many entries of an event; one waits at a time.</summary>
    public async Task WaitForAsync(int eventId, int count)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (Of(eventId).Count() < count) await _added.WaitAsync(deadline.Token);
    }

    public ILogger CreateLogger(string categoryName) => categoryName == "Codec.Client" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _entries.Enqueue((logLevel, eventId, formatter(state, exception)));
        _added.Release();
    }

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose() => _added.Dispose();
}
