using System.Runtime.InteropServices;
using Codec.Datasets;
using Codec.Tests.Shared;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Training;

/// <summary>A training gives the same bytes with any number of Torch's threads.</summary>
public sealed class ThreadTests : IDisposable
{
    private static readonly int[] Counts = [1, 2, 3];

    private readonly TemporaryDirectory _directory = new();
    private readonly Dataset _images = TinyImages.Create(train: 400, test: 40, side: 32);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_Dense_SameBytes() =>
        Check(threads =>
        {
            DenseRecipe recipe = DenseRecipe.Article(200, seed: 3);
            recipe = recipe with { Options = recipe.Options with { Epochs = 2, Threads = threads } };
            using NetworkTraining<DenseAutoencoder> training = recipe.Prepare(_images, Checkpoint(threads));
            return Trained(training);
        });

    [Fact]
    public void Run_Convolutional_SameBytes() =>
        Check(threads =>
        {
            ConvolutionalRecipe recipe = ConvolutionalRecipe.Faces(32, seed: 3);
            recipe = recipe with { Options = recipe.Options with { Epochs = 2, Threads = threads } };
            using NetworkTraining<ConvolutionalAutoencoder> training = recipe.Prepare(_images, Checkpoint(threads));
            return Trained(training);
        });

    [Fact]
    public void Fit_PrincipalComponents_SameBytes() =>
        Check(threads =>
        {
            torch.set_num_threads(threads);
            return MemoryMarshal.AsBytes<float>(PrincipalComponents.Fit(_images.Train, 64, mirrored: false).Basis).ToArray();
        });

    private static byte[] Trained<TNetwork>(NetworkTraining<TNetwork> training)
        where TNetwork : torch.nn.Module
    {
        training.Run(_ => { }, CancellationToken.None);
        return [.. training.Network.parameters().SelectMany(parameter => parameter.detach().cpu().contiguous().bytes.ToArray())];
    }

    private static void Check(Func<int, byte[]> run)
    {
        byte[][] results = [.. Counts.Select(run)];
        Assert.All(results[1..], result => Assert.True(result.AsSpan().SequenceEqual(results[0]), "the bytes differ"));
    }

    private Checkpoint Checkpoint(int threads) => new(_directory.File($"{threads}"));
}
