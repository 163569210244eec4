namespace Architecture.Tests;

/// <summary>src/CodecServer: its layers, and what it must not bring.</summary>
public sealed class ServerRules
{
    [Fact]
    public void Assembly_ReferencesNeitherTheTrainerNorTheClient() =>
        Assert.All(["TorchSharp", "trainer", "CodecClient"], OurAssemblies.AssertNone(OurAssemblies.ReferencesOf("CodecServer")));
}
