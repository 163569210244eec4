using System.Buffers.Binary;
using System.Text;

namespace Codec.Build;

/// <summary>
/// The tables of a 64-bit little-endian ELF image that assign versions of libraries to its dynamic symbols (ELF-64 Object File Format 1.5;
/// Linux Standard Base 5.0, Symbol Versioning). This is a view: edits change the image.
/// </summary>
internal sealed class ElfSymbolVersions
{
    private const int SectionTableOffset = 0x28;
    private const int SectionEntrySizeOffset = 0x3A;
    private const int SectionCountOffset = 0x3C;
    private const int SectionHeaderBytes = 64;
    private const int SymbolBytes = 24;
    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6FFFFFFE;
    private const uint VersionOfSymbols = 0x6FFFFFFF;
    private const ushort WeakFlag = 0x2;

    private readonly byte[] _image;
    private readonly Section _symbols;
    private readonly Section _strings;
    private readonly Section _symbolVersions;

    /// <summary>Reads the tables of an image.</summary>
    /// <exception cref="InvalidDataException">The image is not a 64-bit little-endian ELF file, is truncated, or lacks a table.</exception>
    public ElfSymbolVersions(byte[] image)
    {
        _image = image;
        ReadOnlySpan<byte> identity = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        if (image.Length < 64 || !image.AsSpan().StartsWith(identity))
            throw new InvalidDataException("not a 64-bit little-endian ELF file.");

        Section[] sections = ReadSections();
        _symbols = Single(sections, DynamicSymbols, "dynamic symbols");
        _symbolVersions = Single(sections, VersionOfSymbols, "versions of symbols");
        Section needs = Single(sections, VersionNeeds, "version needs");
        if (_symbols.Link >= sections.Length)
            throw new InvalidDataException("the dynamic symbols name no string table.");
        _strings = sections[_symbols.Link];
        if (needs.Link != _symbols.Link)
            throw new InvalidDataException("symbols and version needs use different string tables.");
        SymbolCount = _symbols.Size / SymbolBytes;
        if (_symbolVersions.Size != SymbolCount * sizeof(ushort))
            throw new InvalidDataException("the number of versions differs from that of dynamic symbols.");
        Needs = ReadNeeds(needs);
    }

    /// <summary>Number of dynamic symbols.</summary>
    public int SymbolCount { get; }

    /// <summary>The versions that the image needs from other libraries.</summary>
    public IReadOnlyList<VersionNeed> Needs { get; }

    /// <summary>Returns the name of a dynamic symbol.</summary>
    public string SymbolName(int symbol) => ReadString(SymbolNameOffset(symbol));

    /// <summary>
    /// Returns the index of a dynamic symbol's version; it equals that of a <see cref="VersionNeed"/> if the symbol comes from another
    /// library.
    /// </summary>
    public ushort SymbolVersion(int symbol) =>
        BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(_symbolVersions.Offset + symbol * sizeof(ushort)));

    /// <summary>Changes a dynamic symbol's version.</summary>
    public void SetSymbolVersion(int symbol, ushort version) =>
        BinaryPrimitives.WriteUInt16LittleEndian(_image.AsSpan(_symbolVersions.Offset + symbol * sizeof(ushort)), version);

    /// <summary>Renames a dynamic symbol; the new name overwrites the old one.</summary>
    /// <exception cref="InvalidDataException">
    /// The name is longer than the old one, or another symbol's name shares the old one's bytes.
    /// </exception>
    public void Rename(int symbol, string name)
    {
        int offset = SymbolNameOffset(symbol);
        int length = ReadString(offset).Length;
        if (name.Length > length)
            throw new InvalidDataException($"'{name}' is longer than the name that it replaces.");
        // Linkers store a name as the tail of a longer one where they can; a symbol that shares these bytes would be renamed too.
        for (int other = 0; other < SymbolCount; other++)
        {
            int start = SymbolNameOffset(other);
            if (other != symbol && start <= offset + length && start + ReadString(start).Length >= offset)
                throw new InvalidDataException($"symbol {other} shares its name's bytes with symbol {symbol}.");
        }

        Span<byte> place = _image.AsSpan(_strings.Offset + offset, length);
        place.Clear();
        Encoding.ASCII.GetBytes(name, place);
    }

    /// <summary>Marks a need as weak: the loader then accepts a library without it.</summary>
    public void MarkWeak(VersionNeed need)
    {
        Span<byte> flags = _image.AsSpan(need.Offset + 4);
        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
    }

    private int SymbolNameOffset(int symbol) =>
        BinaryPrimitives.ReadInt32LittleEndian(_image.AsSpan(_symbols.Offset + symbol * SymbolBytes));

    private Section[] ReadSections()
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(SectionTableOffset));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(SectionEntrySizeOffset));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(SectionCountOffset));
        if (size != SectionHeaderBytes || table > (ulong)_image.Length || (ulong)(count * size) > (ulong)_image.Length - table)
            throw new InvalidDataException("the section table is missing or truncated.");

        var sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = _image.AsSpan((int)table + i * size, size);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]);
            int link = BinaryPrimitives.ReadInt32LittleEndian(header[0x28..]);
            bool inside = offset <= (ulong)_image.Length && length <= (ulong)_image.Length - offset;
            sections[i] = inside ? new Section(type, (int)offset, (int)length, link) : new Section(0, 0, 0, 0);
        }

        return sections;
    }

    private VersionNeed[] ReadNeeds(Section section)
    {
        var needs = new List<VersionNeed>();
        int file = section.Offset;
        for (int next = -1; next != 0; file += next)
        {
            ReadOnlySpan<byte> entry = Record(section, file);
            string library = ReadString(BinaryPrimitives.ReadInt32LittleEndian(entry[4..]));
            int version = file + BinaryPrimitives.ReadInt32LittleEndian(entry[8..]);
            for (int step = -1; step != 0; version += step)
            {
                ReadOnlySpan<byte> aux = Record(section, version);
                ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(aux[4..]);
                ushort index = BinaryPrimitives.ReadUInt16LittleEndian(aux[6..]);
                string name = ReadString(BinaryPrimitives.ReadInt32LittleEndian(aux[8..]));
                needs.Add(new VersionNeed(library, name, index, (flags & WeakFlag) != 0, version));
                step = Advance(aux[12..]);
            }

            next = Advance(entry[12..]);
        }

        return [.. needs];
    }

    // Offsets only increase, so a malformed chain ends at the section's end.
    private static int Advance(ReadOnlySpan<byte> field) =>
        BinaryPrimitives.ReadInt32LittleEndian(field) is var step and >= 0
            ? step
            : throw new InvalidDataException("a version need points backwards.");

    private ReadOnlySpan<byte> Record(Section section, int offset) =>
        offset >= section.Offset && offset <= section.Offset + section.Size - 16
            ? _image.AsSpan(offset, 16)
            : throw new InvalidDataException("a version need lies outside its section.");

    private string ReadString(int offset)
    {
        if (offset < 0 || offset >= _strings.Size)
            throw new InvalidDataException("a name lies outside its table.");
        ReadOnlySpan<byte> rest = _image.AsSpan(_strings.Offset + offset, _strings.Size - offset);
        int end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.ASCII.GetString(rest[..end]) : throw new InvalidDataException("a name does not end.");
    }

    private static Section Single(Section[] sections, uint type, string what)
    {
        Section[] found = [.. sections.Where(section => section.Type == type)];
        return found.Length == 1 ? found[0] : throw new InvalidDataException($"it has {found.Length} tables of {what}, not one.");
    }

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);
}

/// <summary>A version that an image needs from a library.</summary>
/// <param name="Library">The library's file name.</param>
/// <param name="Version">The version's name.</param>
/// <param name="Index">The version index of the symbols that need this version.</param>
/// <param name="IsWeak">Whether the loader accepts a library without the version.</param>
/// <param name="Offset">Offset of the version's record in the image, in bytes.</param>
internal sealed record VersionNeed(string Library, string Version, ushort Index, bool IsWeak, int Offset);
