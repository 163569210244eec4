using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Records what the client logs.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> _entries = new();
    private readonly ConcurrentDictionary<(int EventId, int Times), TaskCompletionSource> _logged = new();

    public IEnumerable<string> Of(int eventId) => _entries.Where(entry => entry.Id.Id == eventId).Select(entry => entry.Text);

    /// <summary>Number of warnings that the client tries again.</summary>
    public int Retries => Of(1).Count();

    /// <summary>Completes when the client has logged an event this many times.</summary>
    public Task HasAsync(int eventId, int times = 1) => Logged(eventId, times).Task;

    public ILogger CreateLogger(string categoryName) =>
        categoryName == "Codec.Client" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        _entries.Enqueue((logLevel, eventId, formatter(state, exception)));
        Logged(eventId.Id, Of(eventId.Id).Count()).TrySetResult();
    }

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    private TaskCompletionSource Logged(int eventId, int times) =>
        _logged.GetOrAdd((eventId, times), _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
