using Codec.Datasets;
using Codec.Tests.Shared;
using Codec.Trainer.Article;
using Codec.Trainer.Article.Experiments;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using TorchSharp;

namespace Trainer.Tests.Article;

public sealed class PrincipalComponentsExperimentTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Floor_AskedTwice_IsWhatThePrincipalComponentsLose()
    {
        Dataset images = TinyImages.Create();
        using var workshop = new Workshop(_folder.Path, images, attributes: null, raw: null, seed: 1, SilentDisplay.Create());

        double[] first = PrincipalComponentsExperiment.Floor(workshop, [2, 4]),
            second = PrincipalComponentsExperiment.Floor(workshop, [2, 4]);

        Assert.Equal(first, second);
        Assert.Equal(Loss(workshop, 2), first[0], 6);
        Assert.Equal(Loss(workshop, 4), first[1], 6);
    }

    private static double Loss(Workshop workshop, int latents)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable frozen = torch.no_grad();
        using var network = new DenseAutoencoder(workshop.Geometry, latents);
        network.StartFrom(workshop.Components.ToPair(latents, DenseRecipe.Scale, DenseRecipe.Offset));
        return torch.nn.functional.mse_loss(network.forward(workshop.Test), workshop.Test).item<float>();
    }
}
