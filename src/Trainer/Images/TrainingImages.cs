namespace Codec.Trainer.Images;

/// <summary>What a model is trained on and what it is tested on; no image is in both.</summary>
/// <param name="Source">Where the images come from, for people: it goes into the model's provenance.</param>
/// <param name="Train">To be trained on.</param>
/// <param name="Test">Held out.</param>
internal sealed record TrainingImages(string Source, ImageSet Train, ImageSet Test);
