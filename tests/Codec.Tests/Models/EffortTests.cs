using Codec.Images;
using Codec.Perception;
using Codec.Tests.Shared;

namespace Codec.Tests.Models;

public sealed class EffortTests : IDisposable
{
    private readonly CodecModel _model = CodecModel.Load(SmallGrid.Create());

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(64, 48)]
    [InlineData(17, 23)]
    public void Encode_WithEffort_ScoresBetterForItsBytes(int width, int height)
    {
        byte[] samples = SmallGrid.Image(width, height, seed: 5);
        double[] worths = [.. new[] { 0, 2, 8 }.Select(Worth)];
        Assert.True(worths[1] > worths[0] && worths[2] > worths[0], string.Join(", ", worths));

        double Worth(int effort)
        {
            byte[] code = _model.Encode(samples, width, height, 0, effort);
            var image = new Raster(width, height, 3, samples);
            return Ssimulacra2Score.Compare(image, _model.Decode(code, 0)) - 25 * Math.Log(code.Length);
        }
    }

    [Fact]
    public void Encode_WithEffort_GivesTheSameCodeAgain()
    {
        byte[] samples = SmallGrid.Image(50, 40, seed: 6);
        Assert.Equal(_model.Encode(samples, 50, 40, 1, effort: 3), _model.Encode(samples, 50, 40, 1, effort: 3));
    }

    [Theory]
    [InlineData(7, 40)]
    [InlineData(1, 1)]
    public void Encode_TooSmallToJudge_GivesTheCodeWithoutEffort(int width, int height)
    {
        byte[] samples = SmallGrid.Image(width, height, seed: 7);
        Assert.Equal(_model.Encode(samples, width, height, 1), _model.Encode(samples, width, height, 1, effort: 4));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(CodecModel.MaxEffort + 1)]
    public void Encode_EffortOutOfRange_NamesTheRange(int effort)
    {
        byte[] samples = SmallGrid.Image(16, 16, seed: 8);
        var failure = Assert.Throws<ArgumentException>(() => _model.Encode(samples, 16, 16, 1, effort));
        Assert.StartsWith($"The effort is {effort}; 0 to {CodecModel.MaxEffort} are allowed.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_FixedSizeModel_IgnoresTheEffort()
    {
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        byte[] samples = [.. Enumerable.Range(0, SmallModel.Side * SmallModel.Side * 3).Select(i => (byte)i)];
        Assert.Equal(
            model.Encode(samples, SmallModel.Side, SmallModel.Side, 1),
            model.Encode(samples, SmallModel.Side, SmallModel.Side, 1, effort: 2)
        );
    }
}
