using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The provider's keys: ES256 for what others read, AES for codes that only it reads. They lie in the key folder and rotate by themselves (<see cref="KeyPlan"/>).</summary>
internal sealed class ProviderKeys(KeyFolder folder, TimeProvider time) : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>, IDisposable
{
    private const string Signing = "openid-sign-";
    private const string Sealing = "openid-seal-";
    private const string Form = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Of a time when there was one key for ever.</summary>
    private const string First = "openid";

    private readonly Lock _lock = new();
    private CancellationTokenSource _changed = new();
    private string? _used;

    public string? Name => Options.DefaultName;

    public IChangeToken GetChangeToken()
    {
        lock (_lock)
        {
            return new CancellationChangeToken(_changed.Token);
        }
    }

    public void Configure(OpenIddictServerOptions options)
    {
        foreach (var name in Names(Signing, (name) => folder.Signing(name).Dispose()))
        {
            // Not disposed: what was made with these options may still be at work.
            var key = folder.Signing(name);
            options.SigningCredentials.Add(new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = PublicKey.Of(key).KeyId }, SecurityAlgorithms.EcdsaSha256));
        }

        foreach (var name in Names(Sealing, name => folder.Symmetric(name)))
        {
            options.EncryptionCredentials.Add(new EncryptingCredentials(new SymmetricSecurityKey(folder.Symmetric(name)) { KeyId = name }, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        }

        lock (_lock)
        {
            _used = Now();
        }
    }

    /// <summary>Makes a key when it is time, and lets the provider use what there is now, whichever portal made it.</summary>
    public void Rotate()
    {
        var now = Now();
        CancellationTokenSource changed;
        lock (_lock)
        {
            if (_used == now)
            {
                return;
            }

            (_used, changed, _changed) = (now, _changed, new CancellationTokenSource());
        }

        changed.Cancel();
        changed.Dispose();
    }

    public void Dispose() => _changed.Dispose();

    private string Now() => string.Join(' ', [.. Names(Signing, name => folder.Signing(name).Dispose()), .. Names(Sealing, name => folder.Symmetric(name))]);

    /// <summary>The names of the keys of a kind that are believed, the one that is used first.</summary>
    private List<string> Names(string kind, Action<string> make)
    {
        var now = time.GetUtcNow();
        var plan = KeyPlan.Of(Made(kind).Keys, now);
        if (plan.IsNewNeeded)
        {
            make(kind + now.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));
            plan = KeyPlan.Of(Made(kind).Keys, now);
        }

        var names = Made(kind);
        foreach (var past in names.Where(name => !plan.Published.Contains(name.Key)))
        {
            folder.Remove(past.Value);
        }

        return [.. plan.Published.Select(made => names[made])];
    }

    private Dictionary<DateTimeOffset, string> Made(string kind)
    {
        var names = folder.Names(kind).ToDictionary(name => DateTimeOffset.ParseExact(name[kind.Length..], Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal), name => name);
        if (kind == Signing && folder.Names(First).Contains(First, StringComparer.Ordinal))
        {
            names[DateTimeOffset.UnixEpoch] = First;
        }

        return names;
    }
}
