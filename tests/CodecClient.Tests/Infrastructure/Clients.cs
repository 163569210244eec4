using Microsoft.Extensions.Logging;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Clients for tests: by default they keep nothing on disk and lose no time between attempts.</summary>
internal static class Clients
{
    /// <summary>Longest delay before a client tries again.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static CodecClientOptions Options(string address) =>
        new()
        {
            Address = new Uri(address),
            CacheDirectory = null,
            Reconnect = new ReconnectPolicy
            {
                InitialDelay = TimeSpan.FromMilliseconds(1),
                MaxDelay = MaxDelay,
                MaxAttempts = 200,
            },
        };

    public static CodecClient Create(string address, ILoggerFactory? loggers = null, TimeProvider? time = null) =>
        new(Options(address), loggers, time);

    /// <summary>The first items of a sequence that has no end.</summary>
    public static async Task<List<T>> FirstAsync<T>(this IAsyncEnumerable<T> source, int count)
    {
        var items = new List<T>();
        if (count == 0)
            return items;
        await foreach (T item in source.WithCancellation(TestContext.Current.CancellationToken))
        {
            items.Add(item);
            if (items.Count == count)
                break;
        }

        return items;
    }

    /// <summary>The items of a sequence that fails, and its failure.</summary>
    public static async Task<(List<T> Items, TFailure Failure)> UntilFailureAsync<T, TFailure>(this IAsyncEnumerable<T> source)
        where TFailure : Exception
    {
        var items = new List<T>();
        TFailure failure = await Assert.ThrowsAsync<TFailure>(async () =>
        {
            await foreach (T item in source.WithCancellation(TestContext.Current.CancellationToken))
                items.Add(item);
        });
        return (items, failure);
    }

    /// <summary>All items of a sequence that ends.</summary>
    public static Task<List<T>> ToListSoonAsync<T>(this IAsyncEnumerable<T> source) =>
        source.ToListAsync(TestContext.Current.CancellationToken).AsTask().SoonAsync();

    /// <summary>Waits for a task that should complete, but not forever if it does not.</summary>
    public static Task<T> SoonAsync<T>(this Task<T> task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <inheritdoc cref="SoonAsync{T}"/>
    public static Task SoonAsync(this Task task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public static ImageSource Source(int seed) =>
        ImageSource.FromPixels(
            Codec.Tests.Shared.SmallModel.Image(seed),
            Codec.Tests.Shared.SmallModel.Side,
            Codec.Tests.Shared.SmallModel.Side
        );
}
