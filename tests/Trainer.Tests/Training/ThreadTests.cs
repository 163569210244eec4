using System.Runtime.InteropServices;
using Codec.Datasets;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;

namespace Trainer.Tests.Training;

/// <summary>What a training writes does not depend on the machine's number of cores.</summary>
public sealed class ThreadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_DenseWithAnyNumberOfThreads_GivesTheSameBytes()
    {
        Dataset images = TinyImages.Create(train: 400, test: 40, side: 32);
        byte[] one = Train(1);
        Assert.True(one.AsSpan().SequenceEqual(Train(2)));
        Assert.True(one.AsSpan().SequenceEqual(Train(3)));

        byte[] Train(int threads)
        {
            DenseRecipe recipe = DenseRecipe.Article(200, seed: 3);
            recipe = recipe with { Options = recipe.Options with { Epochs = 1, Threads = threads } };
            using NetworkTraining<DenseAutoencoder> training = recipe.Prepare(images, new Checkpoint(_directory.File($"{threads}")));
            training.Run(_ => { }, CancellationToken.None);
            return [.. training.Network.parameters().SelectMany(parameter => parameter.bytes.ToArray())];
        }
    }

    [Fact]
    public async Task Train_OnMachinesOfOneAndOfThreeCores_WritesTheSameModel()
    {
        byte[] one = await TrainAsync(1),
            three = await TrainAsync(3);
        Assert.True(one.AsSpan().SequenceEqual(three));

        async Task<byte[]> TrainAsync(int cores)
        {
            string model = _directory.File($"{cores}.codec");
            string[] network = ["train", "conv", "--source", "synthetic", "--images", "500", "--epochs", "1", "--code", "16"];
            await Programs
                .Dotnet(Programs.PathOf("src/Trainer", "trainer"), [.. network, "--output", _directory.File($"{cores}"), "--model", model])
                // What .NET and Torch take for the machine's number of cores.
                .WithEnvironmentVariables(
                    new Dictionary<string, string?> { ["DOTNET_PROCESSOR_COUNT"] = $"{cores}", ["OMP_NUM_THREADS"] = $"{cores}" }
                )
                .RunAsync(TestContext.Current.CancellationToken);
            return await File.ReadAllBytesAsync(model, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("OMP_WAIT_POLICY", "PASSIVE")]
    [InlineData("KMP_BLOCKTIME", "0")]
    [InlineData("GOMP_SPINCOUNT", "0")]
    public void Environment_BeforeTorchIsLoaded_MakesItsThreadsWaitPassively(string name, string value)
    {
        // Loads the trainer's module.
        Assert.Equal(1, DenseRecipe.Article(8, seed: 1).Options.Threads);
        Assert.Equal(value, Environment.GetEnvironmentVariable(name));
        if (!OperatingSystem.IsLinux())
            return;
        // What libtorch reads is the process's environment, of which .NET keeps a copy.
        nint getenv = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv");
        var read = Marshal.GetDelegateForFunctionPointer<GetVariable>(getenv);
        Assert.Equal(value, Marshal.PtrToStringUTF8(read(name)));
    }

    private delegate nint GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
