using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Measurement;

/// <summary>
/// Our codec: a file is a frame with one code and its model version (docs/format.md), as a code is stored outside a stream.
/// </summary>
internal sealed class ModelCodec : IImageCodec, IDisposable
{
    /// <summary>Bytes of the version in a file. A stream does not spend them on each code, because its header names the version.</summary>
    public const int VersionBytes = 32;

    private readonly bool _ownsModel;

    /// <summary>Wraps a loaded model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ownsModel">Whether disposing this disposes the model.</param>
    public ModelCodec(CodecModel model, bool ownsModel) => (Model, _ownsModel) = (model, ownsModel);

    public CodecModel Model { get; }

    /// <summary>The effort of the encoder: <see cref="CodecModel.MaxEffort"/> at most.</summary>
    public int Effort { get; private init; }

    public string Name => Effort == 0 ? Model.Manifest.Name : $"{Model.Manifest.Name}, effort {Effort}";

    public IReadOnlyList<int> Qualities => [.. Enumerable.Range(0, Model.Manifest.Qualities.Count)];

    /// <summary>Loads a model file.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidModelException">The file is not a model.</exception>
    public static ModelCodec Load(string path) =>
        File.Exists(path)
            ? new ModelCodec(CodecModel.Load(ModelPackage.Load(path), OnnxNetworkRuntime.Instance), ownsModel: true)
            : throw new FileNotFoundException($"The model file {path} does not exist; name another, or train it.");

    public byte[] Encode(Raster image, int quality) => CodeFrame.Write(quality, [EncodeCode(image, quality)], version: Model.Version);

    /// <summary>The same model with an effort; it does not own the model.</summary>
    public ModelCodec At(int effort) => new(Model, ownsModel: false) { Effort = effort };

    /// <summary>Encodes an image to a frame of one code as in a stream, whose header names the version.</summary>
    public byte[] EncodeInStream(Raster image, int quality) => CodeFrame.Write(quality, [EncodeCode(image, quality)]);

    /// <summary>Encodes an image to a code without a frame.</summary>
    public byte[] EncodeCode(Raster image, int quality) =>
        Model.Encode(image.WithChannels(3).Samples, image.Width, image.Height, quality, Effort);

    public Raster Decode(byte[] file) => Model.ReadFrame(file).ReadImage();

    public void Dispose()
    {
        if (_ownsModel)
            Model.Dispose();
    }
}
