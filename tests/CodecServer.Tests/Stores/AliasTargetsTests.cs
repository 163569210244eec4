using Codec.Models;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

public sealed class AliasTargetsTests
{
    private const int Keys = 20_000;

    private static readonly Digest A = Digest.Of("a"u8);
    private static readonly Digest B = Digest.Of("b"u8);

    [Fact]
    public void Choose_ManyKeys_FollowsTheWeights()
    {
        AliasTargets targets = AliasTargets.Split([new(A, 95), new(B, 5)]);

        int ofB = Enumerable.Range(0, Keys).Count(i => targets.Choose($"producer-{i}") == B);

        // 5 % of 20,000 keys are 1,000; the keys are fixed, so that the count is too.
        Assert.InRange(ofB, 900, 1100);
    }

    [Fact]
    public void Choose_SameKey_IsTheSameVersionUntilTheWeightsChange()
    {
        AliasTargets few = AliasTargets.Split([new(A, 95), new(B, 5)]);
        AliasTargets more = AliasTargets.Split([new(A, 50), new(B, 50)]);
        for (int i = 0; i < Keys; i++)
        {
            string key = $"producer-{i}";
            Assert.Equal(few.Choose(key), AliasTargets.Split([new(A, 95), new(B, 5)]).Choose(key));

            // A candidate that gets more traffic keeps the producers that it has.
            if (few.Choose(key) == B)
                Assert.Equal(B, more.Choose(key));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(AliasTargets.MaxWeight, 1)]
    [InlineData(AliasTargets.MaxWeight, AliasTargets.MaxWeight)]
    public void Choose_AnyWeights_EachTargetGetsKeys(int weightOfA, int weightOfB)
    {
        AliasTargets targets = AliasTargets.Split([new(A, weightOfA), new(B, weightOfB)]);

        Assert.Equal(2, Enumerable.Range(0, 10 * AliasTargets.MaxWeight).Select(i => targets.Choose($"{i}")).Distinct().Count());
    }

    [Fact]
    public void Choose_DifferentAliases_SplitKeysDifferently()
    {
        AliasTargets half = AliasTargets.Split([new(A, 1), new(B, 1)]);
        var one = new AliasRecord("faces", "live", half, 1, "anna", default);
        var other = new AliasRecord("birds", "live", half, 1, "anna", default);

        int equal = Enumerable.Range(0, Keys).Count(i => one.Choose($"{i}") == other.Choose($"{i}"));

        Assert.InRange(equal, Keys * 45 / 100, Keys * 55 / 100);
    }

    [Fact]
    public void Equals_ComparesVersionsWeightsAndOrder()
    {
        AliasTargets targets = AliasTargets.Split([new(A, 95), new(B, 5)]);

        Assert.Equal(targets, AliasTargets.Split([new(A, 95), new(B, 5)]));
        Assert.NotEqual(targets, AliasTargets.Split([new(A, 94), new(B, 5)]));
        Assert.NotEqual(targets, AliasTargets.Split([new(B, 5), new(A, 95)]));
        Assert.Equal(AliasTargets.Of(A), AliasTargets.Split([new(A, 7)]));
        Assert.NotEqual(AliasTargets.Of(A), AliasTargets.None);
        Assert.Equal(($"{A} (95), {B} (5)", A.Hex, ""), ($"{targets}", $"{AliasTargets.Of(A)}", $"{AliasTargets.None}"));
    }
}
