namespace Architecture.Tests;

/// <summary>Rules of src/Codec.Tool: it runs the server as a program, and calls it through the SDK alone.</summary>
public sealed class ToolRules
{
    [Fact]
    public void Assembly_ReferencesNeitherTheServerNorTheTrainer() =>
        Assert.All(
            ["CodecServer", "trainer", "TorchSharp", "Microsoft.AspNetCore"],
            OurAssemblies.AssertNone(OurAssemblies.ReferencesOf("Codec.Tool"))
        );
}
