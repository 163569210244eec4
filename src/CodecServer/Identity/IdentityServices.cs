using Codec.Server.Options;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>Registers authentication and audit.</summary>
internal static class IdentityServices
{
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services
            .AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, CertificateHandler>(CertificateHandler.SchemeName, configureOptions: null)
            .AddJwtBearer(TokenOptions.Scheme, static _ => { });
        return services
            .AddSingleton<IConfigureOptions<JwtBearerOptions>, TokenOptions>()
            .AddSingleton<IValidateOptions<IdentityOptions>, ExposureCheck>()
            .AddSingleton<AuditLog>()
            .AddSingleton<CredentialDirectory>()
            .AddSingleton<Authenticator>()
            .AddSingleton<IssuerKeys>()
            .AddHostedService(provider => provider.GetRequiredService<IssuerKeys>())
            .AddHostedService<IdentityNotice>();
    }
}
