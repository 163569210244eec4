using Codec.Client.Tests.Infrastructure;
using Codec.Client.Transport;

namespace Codec.Client.Tests.Transport;

public sealed class PumpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ProducerFails_GivesWhatCameBeforeAndThenTheFailure()
    {
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            2,
            async (writer, token) =>
            {
                for (int i = 0; i < 5; i++) await writer.WriteAsync(i, token);
                throw new IOException("lost");
            },
            Token);

        (List<int> taken, IOException failure) = await items.UntilFailureAsync<int, IOException>();

        Assert.Equal([0, 1, 2, 3, 4], taken);
        Assert.Equal("lost", failure.Message);
    }

    [Fact]
    public async Task Run_ConsumerLeaves_EndsTheProducer()
    {
        var ended = new TaskCompletionSource();
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            1,
            async (writer, token) =>
            {
                try
                {
                    for (int i = 0; ; i++) await writer.WriteAsync(i, token);
                }
                finally
                {
                    ended.SetResult();
                }
            },
            Token);

        Assert.Equal([0, 1, 2], await items.FirstAsync(3));

        Assert.True(ended.Task.IsCompleted);
    }
}
