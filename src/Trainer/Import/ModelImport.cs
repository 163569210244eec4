using System.Globalization;
using Codec.Datasets;
using Codec.Errors;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Images;
using Codec.Trainer.Models;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Import;

/// <summary>Makes a model from an imported network: qualities and prior fitted to images, as for a network that was trained here.</summary>
internal sealed class ModelImport(StageDisplay display)
{
    // Images by which the network alone is judged.
    private const int Judged = 500;

    /// <summary>Makes the model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="producer">What exported it.</param>
    /// <param name="images">Images of the network's size.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="seed">Seed of the fit.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="InvalidModelException">The network does not restore the images.</exception>
    public ModelPackage Run(
        ImportedNetwork network,
        string producer,
        Dataset images,
        string name,
        int seed,
        CancellationToken cancellationToken
    )
    {
        if (
            (images.Train.Width, images.Train.Height, images.Train.Channels)
            != (network.Input.Width, network.Input.Height, network.Input.Channels)
        )
        {
            throw new ArgumentException(
                $"The images of {images.Name} have {images.Train.Width}×{images.Train.Height}×{images.Train.Channels}; the network takes {network.Input.Width}×{network.Input.Height}×{network.Input.Channels}."
            );
        }

        TorchThreads.SetStandard();
        manual_seed(seed);
        using Tensor train = images.Train.ToTensor(network.Input.Scale, network.Input.Offset);
        display.Line(
            string.Create(CultureInfo.InvariantCulture, $"The network alone: {Judge(network, train):0.00} dB on training images.")
        );
        return new NetworkModel(display).Create(
            name,
            network,
            train,
            train,
            seed,
            NetworkModel.Provenance(images, seed, $"imported from {(producer.Length > 0 ? producer : "ONNX")}"),
            cancellationToken
        );
    }

    /// <summary>The PSNR of the network's images without quantization.</summary>
    private static double Judge(ImportedNetwork network, Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor some = images.narrow(0, 0, Math.Min(Judged, images.shape[0]));
        double unit = 1 / (network.Input.Scale * network.Input.Scale);
        double error = network.forward(some).sub(some).square().mean().item<float>() * unit,
            spread = some.sub(some.mean([0L])).square().mean().item<float>() * unit;
        if (!(error < spread))
        {
            throw new InvalidModelException(
                "decoder",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"its images have a squared error of {error:0.0}, more than the mean image of the data has ({spread:0.0}). Check --range, --layout, that the two files belong together, and that the data are images that the network knows."
                )
            );
        }

        return 10 * Math.Log10(255 * 255 / Math.Max(error, 1e-9));
    }
}
