using Codec;
using Codec.Datasets;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Images;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Models;

public sealed class NetworkModelTests : IDisposable
{
    private const int Code = 6;

    private readonly TemporaryDirectory _directory = new();
    private readonly Dataset _images = TinyImages.Create(train: 300, test: 40);
    private readonly NetworkTraining<DenseAutoencoder> _training;

    public NetworkModelTests()
    {
        var options = new TrainingOptions
        {
            Recipe = "dense",
            Epochs = 12,
            BatchSize = 16,
            LearningRate = 1e-2,
            Seed = 1,
        };
        _training = new DenseRecipe(DenseSchedule.Article, Code, options).Prepare(_images, new Checkpoint(_directory.File("checkpoint")));
        _training.Run(_ => { }, CancellationToken.None);
    }

    public void Dispose()
    {
        _training.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Create_DenseNetwork_GivesGraphsThatComputeWhatItDoes()
    {
        ModelPackage package = Create();

        Assert.InRange(GraphRun.LargestDifference(_training.Network, package, _images.Test, ModelManifest.ImageHead), 0, 1e-4);
    }

    [Fact]
    public void Create_EachQuality_LosesLessAndCostsMoreThanTheOneBefore()
    {
        using CodecModel model = CodecModel.Load(Create());
        model.CheckGolden();
        double ownLoss = _training.History[^1].ValidationLoss,
            previousBytes = 0,
            previousLoss = double.PositiveInfinity;

        for (int quality = 0; quality < model.Manifest.Qualities.Count; quality++)
        {
            byte[][] codes = model.EncodeBatch(_images.Test.ReadAll(), quality);
            var psnr = new Psnr();
            for (int i = 0; i < codes.Length; i++)
                psnr.Add(_images.Test[i], model.Decode(codes[i], quality).Samples);
            double bytes = codes.Average(code => code.Length);
            Assert.True(bytes > previousBytes);
            Assert.True(psnr.MeanSquaredError < previousLoss);
            (previousBytes, previousLoss) = (bytes, psnr.MeanSquaredError);
        }

        // The finest quality adds a tenth to the network's own error on training images; held-out images differ a little.
        Assert.InRange(previousLoss / ownLoss, 0.9, 1.25);
    }

    [Fact]
    public void Measure_LinearNetwork_GivesAxesOfUnitSlopeWithoutCorrelation()
    {
        using var scope = torch.NewDisposeScope();
        using var frozen = torch.no_grad();
        torch.Tensor images = _images.Train.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);
        torch.Tensor latents = _training.Network.encode(images);

        LatentBasis basis = LatentBasis.Measure(_training.Network, latents);

        torch.Tensor turned = basis.Analyze(latents);
        torch.Tensor covariance = turned.t().matmul(turned).div(turned.shape[0]);
        torch.Tensor expected = torch.from_array(basis.Variances).diag();
        Assert.InRange(covariance.sub(expected).abs().max().item<float>() / basis.Variances[0], 0, 1e-4);
        Assert.InRange(basis.Synthesize(turned).sub(latents).abs().max().item<float>(), 0, 1e-4);
        Assert.Equal(basis.Variances.OrderDescending(), basis.Variances);

        // A move of 1 along any axis changes the image by a squared error of 1, in 8-bit samples.
        torch.Tensor moved = _training
            .Network.decode(basis.Synthesize(torch.eye(Code)), ModelManifest.ImageHead)
            .sub(_training.Network.decode(basis.Synthesize(torch.zeros(1, Code)), ModelManifest.ImageHead))
            .div(DenseRecipe.Scale);
        Assert.InRange(moved.matmul(moved.t()).sub(torch.eye(Code)).abs().max().item<float>(), 0, 0.02);
    }

    private ModelPackage Create()
    {
        using torch.Tensor images = _images.Train.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);
        return new NetworkModel(SilentDisplay.Create()).Create(
            "tiny",
            _training.Network,
            images,
            images,
            seed: 1,
            new Dictionary<string, string> { ["data set"] = "tiny" },
            CancellationToken.None
        );
    }
}
