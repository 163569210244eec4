using Codec.Images;
using Codec.Models;

namespace Codec.Client.Testing;

/// <summary>
/// Models and channels in memory, with the real codec; <see cref="InMemoryClient"/> gives access to them. It begins with the shipped model
/// <c>photos</c> as <c>photos@live</c> and no channel. Thread-safe.
/// </summary>
/// <remarks>Everything that was published stays in memory until the server is collected or retention drops it.</remarks>
public sealed class InMemoryServer
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, InMemoryChannel> _channels = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    /// <summary>Creates a server.</summary>
    /// <param name="time">The clock of stored times and of retention by age; null uses the system's.</param>
    public InMemoryServer(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        Models = new InMemoryModels(_time);
        using Stream photos = typeof(InMemoryServer).Assembly.GetManifestResourceStream("photos.codec")!;
        AddModel(ModelPackage.Load(photos));
    }

    /// <summary>
    /// Reads a JPEG, PNG or WebP file that is published by <see cref="ImageSource.FromFile"/>; null refuses files, because this package has
    /// no image library. Use the one of the tests. An <see cref="ArgumentException"/> refuses the file.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, Raster>? ReadFile { get; set; }

    internal InMemoryModels Models { get; }

    /// <summary>Publishes a model and makes it live.</summary>
    /// <param name="package">The model with all its blobs.</param>
    /// <exception cref="Codec.Errors.InvalidModelException">The model cannot be loaded.</exception>
    public void AddModel(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        Models.Add(package, nameof(InMemoryServer));
        Models.SetAlias(package.Manifest.Name, ModelReference.LiveAlias, package.Version, null, nameof(InMemoryServer));
    }

    internal ChannelInfo CreateChannel(string name, ChannelRetention retention)
    {
        lock (_lock)
        {
            if (!_channels.TryGetValue(name, out InMemoryChannel? channel))
                _channels.Add(name, channel = new InMemoryChannel(name, retention, _time));
            else if (channel.Retention != retention)
                throw new ConflictException(Grpc.Core.StatusCode.AlreadyExists, null, $"The channel {name} has another retention.");
            return channel.Info;
        }
    }

    internal IReadOnlyList<ChannelInfo> ListChannels()
    {
        lock (_lock)
            return [.. _channels.Values.Select(channel => channel.Info)];
    }

    internal void DeleteChannel(string name)
    {
        InMemoryChannel channel = GetChannel(name);
        lock (_lock)
            _channels.Remove(name);
        channel.Delete();
    }

    internal InMemoryChannel GetChannel(string name)
    {
        lock (_lock)
        {
            return _channels.TryGetValue(name, out InMemoryChannel? channel)
                ? channel
                : throw new NotFoundException($"The channel {name} does not exist; create it.");
        }
    }
}
