using Codec.Trainer.Import.Layers;

namespace Trainer.Tests.Import;

public sealed class CommonLayersTests
{
    // Recurrent layers have no place in a graph whose work is known before it runs.
    private const string Refused = "torch.nn.LSTM";

    public static TheoryData<string> Names => [.. CommonLayers.All.Select(layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_Layer_ComputesWhatTheOriginalDoes(string name)
    {
        string? reason = LayerTrial.Run(CommonLayers.All.Single(layer => layer.Name == name));
        if (name == Refused)
            Assert.Contains("LSTM '/LSTM_", reason, StringComparison.Ordinal);
        else
            Assert.Null(reason);
    }
}
