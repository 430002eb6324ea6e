using System.Net;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Portal.Plants;

/// <summary>A service as it stands in its form: what the admin has typed, and what was stored when they began.</summary>
internal sealed class ServiceDraft
{
    public const int UsualIdle = 30;

    private string _stored = "";
    private byte[] _credential = [];
    private string _began;

    /// <summary>A new terminal.</summary>
    public ServiceDraft() => _began = Typed;

    public ServiceDraft(Service service)
    {
        (Kind, Name, User, Port, Idle, IsKey, Version) = (service.Kind, service.Name, service.UserName, service.Port, service.IdleMinutes, service.CredentialIsKey, service.Version);
        (Screen, Web, Legacy) = (service.Screen ?? Screen, service.Web ?? Web, service.LegacySsh ?? Legacy);
        Certificate = service.Certificate;
        (_stored, _credential, _began) = (Stored(service), service.SealedCredential, Typed);
    }

    public ServiceKind Kind { get; private set; }

    public string Name { get; set; } = "Terminal";

    public string User { get; set; } = "";

    public string? Secret { get; set; }

    public string? ViewSecret { get; set; }

    public string? Passphrase { get; set; }

    public string? Certificate { get; set; }

    public bool NoSecret { get; set; }

    public int Port { get; set; } = 22;

    public int Idle { get; set; } = UsualIdle;

    public bool IsKey { get; set; }

    /// <summary>Old algorithms of SSH that are allowed.</summary>
    public LegacySsh Legacy { get; set; } = new([], "", default);

    public ScreenSettings Screen { get; set; } = new();

    public WebSettings Web { get; private set; } = new() { Tls = true };

    /// <summary>Of the service, when what is stored was last looked at.</summary>
    public int Version { get; private set; }

    public bool HasViewPassword => Kind == ServiceKind.Vnc && Screen.ViewPassword;

    public ServiceSpec Spec => new(Kind, Name, Port, User, Secret, IsKey, Idle, Screen, Web, ViewSecret, NoSecret && !HasViewPassword, IsKey ? Passphrase : null, Kind == ServiceKind.Ssh && Legacy.Algorithms.Count > 0 ? Legacy : null, IsKey ? Certificate : null);

    /// <summary>What was typed leads to another destination than the stored credential was given for.</summary>
    public bool LeadsElsewhere(Service stored) => CredentialDestination.Of(Spec, IPAddress.Any) != CredentialDestination.Of(stored, IPAddress.Any);

    /// <summary>And that to another server.</summary>
    public bool LeadsToAnotherServer(Service stored) => !CredentialDestination.Of(Spec, IPAddress.Any).IsServerOf(CredentialDestination.Of(stored, IPAddress.Any));

    private string Typed => JsonSerializer.Serialize(Spec, LinkJson.Options);

    /// <summary>
    /// What is stored has been read again. When another version of it says the same, as after another address of the asset, nothing of
    /// what was typed is old; and when nothing was typed, there is nothing to lose.
    /// </summary>
    /// <returns>What the form goes on with.</returns>
    public ServiceDraft Meet(Service service)
    {
        if (service.Version <= Version)
        {
            return this;
        }

        if (Stored(service) == _stored && (service.LacksCredential || service.SealedCredential.AsSpan().SequenceEqual(_credential)))
        {
            Version = service.Version;
            return this;
        }

        return Typed == _began ? new ServiceDraft(service) : this;
    }

    /// <summary>What was typed is what is stored. Until then every password that was typed stays.</summary>
    public void Saved(Service service)
    {
        (Secret, ViewSecret, Passphrase, NoSecret) = (null, null, null, false);
        (Version, _stored, _credential, _began) = (service.Version, Stored(service), service.SealedCredential, Typed);
    }

    /// <summary>Another kind of new service, with what is usual for it.</summary>
    public void Choose(ServiceKind kind)
    {
        var info = kind.Info();
        (Kind, IsKey, Name, Port) = (kind, IsKey && kind == ServiceKind.Ssh, info.UsualName, kind == ServiceKind.Web ? WebPort(Web) : info.UsualPort);
    }

    /// <summary>The usual port follows, as in a browser; one that somebody chose stays.</summary>
    public void Take(WebSettings web)
    {
        Port = Port == WebPort(Web) ? WebPort(web) : Port;
        Web = web;
    }

    private static int WebPort(WebSettings web) => web.Tls ? 443 : 80;

    // All that an admin sets but the credential, which another address of the asset takes away.
    private static string Stored(Service service) =>
        JsonSerializer.Serialize(new { service.Name, service.UserName, service.Port, service.IdleMinutes, service.CredentialIsKey, service.Screen, service.Web, service.LegacySsh, service.Certificate }, LinkJson.Options);
}
