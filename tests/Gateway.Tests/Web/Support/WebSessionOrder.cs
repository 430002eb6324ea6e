using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>All that a test says of a session: the portal's part of it, and the asset's.</summary>
public sealed record WebSessionOrder(
    Guid SessionId,
    string AssetName,
    string PlantName,
    string UserName,
    string Address,
    int Port,
    bool Tls,
    string? Host,
    IReadOnlyList<string> Aliases,
    string? CertificateSha256,
    bool LegacyTls,
    WebPolicy Policy,
    WebCredential? Credential,
    DateTimeOffset EndsAt,
    int IdleTimeoutSeconds,
    int LinkGraceSeconds)
{
    public WebService Service => new(Address, Port, Tls, Host, Aliases, CertificateSha256, LegacyTls, Policy, Credential);

    public SessionSpec Order => new(
        SessionId,
        Guid.NewGuid(),
        new PartyName(Guid.NewGuid(), UserName),
        new PartyName(Guid.NewGuid(), PlantName),
        new PartyName(Guid.NewGuid(), AssetName),
        new PartyName(Guid.NewGuid(), "Web HMI"),
        ServiceKind.Web,
        Address,
        Port,
        AssetCredential.None,
        CertificateSha256,
        "Level too low",
        null,
        null,
        EndsAt,
        IdleTimeoutSeconds,
        LinkGraceSeconds,
        new RecordingKeySpec("kek", "", ""));
}
