using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Portal.Plants;

/// <summary>
/// Where a service's credential is presented, and how: what it was given for, and what it is sealed to
/// (<see cref="Keys.CredentialSeal"/>). Whoever changes any of it has another machine, port or form get it, so it must be
/// given again by somebody who knows it.
/// </summary>
internal sealed record CredentialDestination
{
    private CredentialDestination(IPAddress address, ServiceKind kind, int port, WebSettings? web)
    {
        (Address, Kind, Port) = (address.ToString(), kind, port);
        if (kind == ServiceKind.Web && web is not null)
        {
            (Tls, SignIn) = (web.Tls, web.SignIn);
            Header = web.SignIn == WebSignIn.Header ? web.HeaderName : null;
            Form = web is { SignIn: WebSignIn.Form, Form: { } form } ? [form.Action, form.Page, form.UserField, form.PasswordField] : null;
        }
    }

    public string Address { get; }

    public ServiceKind Kind { get; }

    public int Port { get; }

    public bool Tls { get; }

    public WebSignIn SignIn { get; }

    public string? Header { get; }

    /// <summary>Paths and names of fields: the same path with another field may show what is sent.</summary>
    public IReadOnlyList<string?>? Form { get; }

    public static CredentialDestination Of(Service service, IPAddress address) => new(address, service.Kind, service.Port, service.Web);

    public static CredentialDestination Of(ServiceSpec spec, IPAddress address) => new(address, spec.Kind, spec.Port, spec.Web);

    /// <summary>What is sealed with the credential: the same for the same destination, whenever it is written.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this, LinkJson.Options);

    /// <summary>Whether it is the same server that a key is pinned of, however it is signed in to.</summary>
    public bool IsServerOf(CredentialDestination other) => (Address, Kind, Port, Tls) == (other.Address, other.Kind, other.Port, other.Tls);

    public bool Equals(CredentialDestination? other) => other is not null && other.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
