using System.Text.Json;
using System.Text.Json.Serialization;
using Codec.Server.Identity;
using Codec.Server.Stores;

namespace Codec.Server;

/// <summary>Runs the commands on credentials, beside a server that runs or without one.</summary>
internal static class KeyCommands
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    // As the exit code of `codec` where something does not exist.
    private const int NotFound = 4;

    /// <summary>Runs a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="settings">The configuration of the command line, which names the data directory.</param>
    /// <param name="output">Receives the new key alone, or the list.</param>
    /// <param name="report">Receives what was done.</param>
    /// <returns>0 once the work is done; 4 if there is no key of the id.</returns>
    /// <exception cref="ArgumentException">A name or role is wrong; the message says what is allowed.</exception>
    /// <exception cref="StoreException">The credentials cannot be read or changed.</exception>
    public static async Task<int> RunAsync(
        KeyCommand command,
        IReadOnlyDictionary<string, string?> settings,
        TextWriter output,
        TextWriter report
    )
    {
        await using ServiceProvider services = StoreCommands.Compose(settings);
        ICredentialStore store = services.GetRequiredService<CredentialStoreFactory>()(command.File);
        if (command is not CreateKey)
        {
            if (!store.HasFolder)
                throw new StoreException($"The folder of {store.Place} does not exist. {Remedy(command)}");
            // The data directory of a server has no such file before the first key; a file that was named must exist.
            if (command.File is not null && store.Read() is null)
                throw new StoreException($"The file {store.Place} does not exist. {Remedy(command)}");
        }

        switch (command)
        {
            case CreateKey create:
                await CreateAsync(create, store, services.GetRequiredService<TimeProvider>(), output, report);
                break;
            case RevokeKey revoke:
                CredentialRecord? revoked = await store.RevokeAsync(revoke.Id, Self, CancellationToken.None);
                if (revoked is null)
                {
                    ConsoleLog.WriteFailure(settings, $"There is no key '{revoke.Id}' to revoke; keys list shows the ids.");
                    return NotFound;
                }

                if (revoke.Json)
                    await output.WriteLineAsync(Describe(revoked, key: null));
                else
                    await report.WriteLineAsync($"Revoked the key {revoked.Id} of '{revoked.Name}'.");
                break;
            default:
                await ListAsync(store, command.Json, output, report);
                break;
        }

        return 0;
    }

    private static string Self => $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>How to name the credentials that were meant.</summary>
    private static string Remedy(KeyCommand command) =>
        command.File is null ? "Name the server's data directory with --data-directory." : "Correct --file.";

    private static async Task ListAsync(ICredentialStore store, bool json, TextWriter output, TextWriter report)
    {
        IReadOnlyList<CredentialRecord>? credentials = store.Read();
        if (credentials is null)
            await report.WriteLineAsync($"No key was ever created in {store.Place}.");

        foreach (CredentialRecord credential in credentials ?? [])
            await output.WriteLineAsync(json ? Describe(credential, key: null) : PlainText.Of(Describe(credential)));
    }

    private static async Task CreateAsync(CreateKey create, ICredentialStore store, TimeProvider time, TextWriter output, TextWriter report)
    {
        if (!Caller.IsName(create.Name))
        {
            throw new ArgumentException(
                $"'{PlainText.Of(create.Name)}' is not a name; write 1 to {Caller.MaxNameLength} printable characters, not only spaces."
            );
        }

        if (create.Roles.FirstOrDefault(role => Grant.TryParse(role) is null) is { } wrong)
        {
            throw new ArgumentException(
                $"'{PlainText.Of(wrong)}' is not a role; allowed are {RoleNames.Forms}. CHANNELS is a pattern of names: *, or cameras.*."
            );
        }

        if (create.Certificate is { } certificate && !Caller.IsName(certificate))
        {
            throw new ArgumentException(
                $"'{PlainText.Of(certificate)}' is not a name of a certificate; write a DNS name, a URI or a common name."
            );
        }

        // A server that has never run has no directory yet. A wrong path must not pass for one.
        if (!store.HasFolder)
            await report.WriteLineAsync($"The folder of {store.Place} does not exist yet and is created. {Remedy(create)}");

        string id = ApiKey.CreateId();
        string? key = create.Certificate is null ? ApiKey.Create(id) : null;
        var credential = new CredentialRecord
        {
            Id = id,
            Name = create.Name,
            Roles = create.Roles,
            Sha256 = key is null ? null : ApiKey.Sha256(key),
            Certificate = create.Certificate,
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()),
            CreatedBy = Self,
        };
        await store.AddAsync(credential, CancellationToken.None);
        if (create.Json)
        {
            await output.WriteLineAsync(Describe(credential, key));
            return;
        }

        string roles = string.Join(' ', create.Roles);
        if (key is null)
        {
            await report.WriteLineAsync($"Certificates for '{create.Certificate}' ({id}) are '{create.Name}', with the roles {roles}.");
        }
        else
        {
            await report.WriteLineAsync($"The key {id} is '{create.Name}', with the roles {roles}. It is shown only now:");
            await output.WriteLineAsync(key);
        }
    }

    // The default encoder escapes what a terminal would obey.
    private static string Describe(CredentialRecord credential, string? key) =>
        JsonSerializer.Serialize(
            new
            {
                credential.Id,
                credential.Name,
                credential.Roles,
                credential.Certificate,
                Key = key,
                credential.CreatedAt,
                credential.CreatedBy,
                credential.RevokedAt,
                credential.RevokedBy,
            },
            Json
        );

    private static string Describe(CredentialRecord credential) =>
        string.Join(
            "  ",
            credential.Id,
            credential.Name,
            string.Join(' ', credential.Roles),
            credential.Certificate is { } name ? $"certificate {name}" : "key",
            $"created {credential.CreatedAt:u} by {credential.CreatedBy}",
            credential.RevokedAt is { } at ? $"revoked {at:u} by {credential.RevokedBy}" : "valid"
        );
}
