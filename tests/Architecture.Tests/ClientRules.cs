namespace Architecture.Tests;

/// <summary>Rules of src/CodecClient and src/CodecClient.Testing: they reference no server, no training and no image library.</summary>
public sealed class ClientRules
{
    [Theory]
    [InlineData("CodecClient")]
    [InlineData("CodecClient.Testing")]
    public void Assembly_ReferencesNoServerNoTrainerAndNoImageLibrary(string project)
    {
        string[] references = OurAssemblies.ReferencesOf(project);
        Assert.Contains("Codec", references);
        Assert.All(
            ["Microsoft.AspNetCore", "TorchSharp", "SixLabors", "SkiaSharp", "Codec.Imaging", "CodecServer", "trainer"],
            OurAssemblies.AssertNone(references)
        );
    }
}
