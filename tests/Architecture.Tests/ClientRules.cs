namespace Architecture.Tests;

/// <summary>Rules of src/CodecClient: the SDK references no server, no training and no image library.</summary>
public sealed class ClientRules
{
    [Fact]
    public void Assembly_ReferencesNoServerNoTrainerAndNoImageLibrary()
    {
        string[] references = OurAssemblies.ReferencesOf("CodecClient");
        Assert.Contains("Codec", references);
        Assert.All(
            ["Microsoft.AspNetCore", "TorchSharp", "SixLabors", "SkiaSharp", "Codec.Imaging", "CodecServer", "trainer"],
            OurAssemblies.AssertNone(references)
        );
    }
}
