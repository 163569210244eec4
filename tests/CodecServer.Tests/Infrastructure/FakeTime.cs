using Codec.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Moves a fake clock that a server runs on.</summary>
internal static class FakeTime
{
    /// <summary>
    /// Advances until something happens: a server's wait begins at a moment that no test sees, and ends a fixed time later.
    /// </summary>
    public static Task AdvanceUntilAsync(this FakeTimeProvider time, Func<bool> condition) =>
        Waiting.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(20));
                return condition();
            },
            "What a clock that advances brings about",
            TestContext.Current.CancellationToken
        );
}
