namespace Codec.Trainer.Networks;

/// <summary>The widths of the convolutional networks.</summary>
/// <param name="Fine">Channels at one cell a patch.</param>
/// <param name="Coarse">Channels at half that resolution.</param>
/// <param name="Hidden">Units between the coarse cells and the latents.</param>
internal sealed record ConvolutionalWidths(int Fine, int Coarse, int Hidden)
{
    /// <summary>For small colour photographs.</summary>
    public static ConvolutionalWidths Photographs { get; } = new(64, 96, 256);

    /// <summary>For digits.</summary>
    public static ConvolutionalWidths Digits { get; } = new(24, 48, 128);
}
