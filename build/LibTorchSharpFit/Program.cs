using System.Diagnostics;
using Codec.Build;

if (args is not [string path])
{
    Console.Error.WriteLine("usage: libtorchsharp-fit <path of a built copy of libLibTorchSharp.so>");
    return 2;
}

try
{
    FitOutcome outcome = LibTorchSharpFit.FitFile(path, HostLibstdcxx.HasIostreamInitializer());
    Console.WriteLine(
        outcome switch
        {
            FitOutcome.NotNeeded => $"{path}: unchanged; this host's libstdc++ has the version that it needs.",
            FitOutcome.AlreadyFitted => $"{path}: already fitted.",
            FitOutcome.Fitted => $"{path}: fitted to this host's libstdc++, which lacks {LibTorchSharpFit.NewVersion}.",
            _ => throw new UnreachableException(),
        }
    );
    return 0;
}
catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
{
    // MSBuild shows this format as a build error.
    Console.Error.WriteLine($"{path} : error FIT0001: {exception.Message}");
    return 1;
}
