namespace Codec.Client.Tests.Channels;

public sealed class PublisherOptionsTests
{
    private const string AnswerRange = "above 0 and at most a day, or Timeout.InfiniteTimeSpan";

    public static TheoryData<string, PublisherOptions, string> Mistakes =>
        new()
        {
            {
                "Producer",
                new PublisherOptions { Producer = "" },
                "1 to 128 characters without a lone surrogate, or null for a generated name"
            },
            {
                "Producer",
                new PublisherOptions { Producer = new string('p', 129) },
                "1 to 128 characters without a lone surrogate, or null for a generated name"
            },
            {
                "Producer",
                new PublisherOptions { Producer = "camera \ud800" },
                "1 to 128 characters without a lone surrogate, or null for a generated name"
            },
            {
                "Effort",
                new PublisherOptions { Effort = -1 },
                "0 to 8"
            },
            {
                "Effort",
                new PublisherOptions { Effort = 9 },
                "0 to 8"
            },
            {
                "CodesPerFrame",
                new PublisherOptions { CodesPerFrame = 0 },
                "1 to 4096"
            },
            {
                "CodesPerFrame",
                new PublisherOptions { CodesPerFrame = 4097 },
                "1 to 4096"
            },
            {
                "Linger",
                new PublisherOptions { Linger = TimeSpan.Zero },
                "above 0 and at most a minute"
            },
            {
                "AcknowledgeTimeout",
                new PublisherOptions { AcknowledgeTimeout = TimeSpan.Zero },
                AnswerRange
            },
            {
                "AcknowledgeTimeout",
                new PublisherOptions { AcknowledgeTimeout = TimeSpan.FromDays(2) },
                AnswerRange
            },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task OpenPublisher_OptionOutsideItsRange_NamesItAndItsRange(string option, PublisherOptions options, string allowed)
    {
        using var client = new CodecClient("http://127.0.0.1:1");
        var failure = await Assert.ThrowsAsync<ArgumentException>(() =>
            client.OpenPublisherAsync("faces", "small-8", 0, options, TestContext.Current.CancellationToken)
        );
        Assert.Equal(option, failure.ParamName);
        Assert.Contains($"allowed: {allowed}.", failure.Message, StringComparison.Ordinal);
    }
}
