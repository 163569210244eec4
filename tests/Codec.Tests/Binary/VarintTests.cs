using Codec.Binary;

namespace Codec.Tests.Binary;

public sealed class VarintTests
{
    [Fact]
    public void Read_EveryTwoBytes_AcceptsOneSpellingOfEachNumber()
    {
        var spellings = new int[Varint.Max + 1];
        for (int pair = 0; pair < 1 << 16; pair++)
        {
            byte[] bytes = [(byte)pair, (byte)(pair >> 8)];
            int length = Varint.Read(bytes, out int value);
            if (length == 0 || (length == 1 && bytes[1] != 0))
                continue;
            spellings[value]++;
            byte[] written = new byte[2];
            Assert.Equal((length, length), (Varint.Write(value, written), Varint.Length(value)));
            Assert.Equal(bytes, written);
        }

        Assert.All(spellings, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Read_CutOff_TakesNothing()
    {
        Assert.Equal(0, Varint.Read([], out _));
        Assert.Equal(0, Varint.Read([0x80], out _));
    }
}
