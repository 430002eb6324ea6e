using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// The providers that admins add, change and remove while the portal runs. Only those of the company that runs the installation: who names a
/// provider has the portal ask addresses of their choice, and says who may sign in to which company.
/// </summary>
public sealed class IdentityProviders(PortalDbFactory factory, Installation installation, CredentialSeal seal, ChangeFeed changes, SignIns signIns, AuditLog audit, RefusalAudit refusals, IHttpClientFactory http, IOptions<PortalOptions> portal, IOptions<RelyingPartyOptions> signIn, TimeProvider time)
{
    private const int EndedAtOnce = 8;
    private const string Denied = "Only admins of the company that runs the installation look after providers.";

    /// <returns>Null for who may not.</returns>
    public async Task<IReadOnlyList<IdentityProvider>?> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (!await MayAsync(actor, cancellationToken))
        {
            return null;
        }

        await using var db = factory.ForSystem();
        return await db.IdentityProviders.AsNoTracking().OrderBy(p => p.Title).ToListAsync(cancellationToken);
    }

    /// <summary>Every company's name, for the rules.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> CompaniesAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return await MayAsync(actor, cancellationToken) ? await db.Tenants.OrderBy(t => t.Name).ToDictionaryAsync(t => t.Id, t => t.Name, cancellationToken) : new Dictionary<Guid, string>();
    }

    /// <summary>How many people are signed in by each, whom removing it signs out. Several with one authority have the same people.</summary>
    public async Task<IReadOnlyDictionary<Guid, int>> SignedInAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        if (!await MayAsync(actor, cancellationToken))
        {
            return new Dictionary<Guid, int>();
        }

        return await db.IdentityProviders
            .Select(p => new { p.Id, People = db.People.Count(u => (u.Issuer == p.Authority || u.Issuer == p.Authority + "/") && db.SignIns.Any(s => s.UserId == u.Id && s.EndedAt == null)) })
            .ToDictionaryAsync(p => p.Id, p => p.People, cancellationToken);
    }

    /// <summary>Adds one, or changes one. People who are signed in by it stay so, unless it has another authority now.</summary>
    /// <returns>For the admin; null when it was done.</returns>
    public async Task<string?> SaveAsync(Actor actor, ProviderForm form, CancellationToken cancellationToken)
    {
        if (await ProveAsync(actor, cancellationToken) is not { } admin)
        {
            return Denied;
        }

        await using var db = factory.ForSystem();
        var companies = await db.Tenants.ToListAsync(cancellationToken);
        var roles = ProviderForm.Rules(form.Roles, text => Enum.TryParse<Role>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : (Role?)null);
        var tenants = ProviderForm.Rules(form.Tenants, text => companies.Find(t => t.Name == text)?.Id);
        if (roles is null || tenants is null)
        {
            return "A rule is a line like “value = Technician”, or “value = company”; each value once, and the role or company must be one that there is.";
        }

        var existing = form.Id is { } id ? await db.IdentityProviders.FirstOrDefaultAsync(p => p.Id == id, cancellationToken) : null;
        if ((form.Id is not null && existing is null) || companies.TrueForAll(t => t.Id != form.TenantId))
        {
            return "This provider or its company does not exist any more.";
        }

        var (authority, clientId) = (form.Authority.Trim().TrimEnd('/'), form.ClientId.Trim());
        var (before, left) = (existing?.Destination, existing?.Authority);
        var row = existing ?? new IdentityProvider { Key = form.Key.Trim(), Title = "", Authority = authority, ClientId = clientId, Scopes = "", TenantId = form.TenantId, RoleClaim = "", Roles = roles, Tenants = tenants, ChangedAt = default };
        (row.Title, row.Authority, row.ClientId, row.Scopes, row.TenantId) = (form.Title.Trim(), authority, clientId, string.Join(' ', form.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries)), form.TenantId);
        (row.RoleClaim, row.Roles, row.TenantClaim, row.Tenants, row.Domains) = (form.RoleClaim.Trim(), roles, form.TenantClaim.Trim() is { Length: > 0 } claim ? claim : null, tenants, [.. form.DomainList()]);
        if (ProviderForm.FaultOf(row) is { } fault)
        {
            return fault;
        }

        if (authority == signIn.Value.Authority?.TrimEnd('/') || authority == portal.Value.PublicUrl + ProviderRoutes.Base)
        {
            return "The portal signs in at this provider by its settings already.";
        }

        var (rowId, key, domains) = (row.Id, row.Key, row.Domains);
        if (await db.IdentityProviders.AnyAsync(p => p.Id != rowId && (p.Key == key || p.Domains.Any(domain => domains.Contains(domain))), cancellationToken))
        {
            return "The short name or a domain is another provider's.";
        }

        if (form.IsPublic)
        {
            row.Secret = null;
        }
        else if (form.Secret.Length > 0)
        {
            row.Secret = seal.Seal(form.Secret, row.Id, row.Destination);
        }
        else if (row.Secret is null || before != row.Destination)
        {
            return "Give the secret: it is kept for one authority and client alone. Or say that there is none.";
        }

        row.ChangedAt = time.GetUtcNow();
        if (existing is null)
        {
            db.Add(row);
        }

        await db.SaveChangesAsync(cancellationToken);
        await changes.PublishAsync(SignInProviders.Topic, CancellationToken.None);
        var signedOut = left is null || left == authority || await db.IdentityProviders.AnyAsync(p => p.Authority == left, CancellationToken.None) ? 0 : await SignOutAsync(db, left, admin);
        var detail = new Dictionary<string, string> { ["authority"] = row.Authority, ["clientId"] = row.ClientId, ["company"] = companies.Find(t => t.Id == row.TenantId)!.Name, ["roles"] = form.Roles, ["companies"] = form.Tenants, ["domains"] = string.Join(' ', row.Domains), ["signedOut"] = $"{signedOut}" };
        await audit.AppendAsync(AuditEvent.By(admin, existing is null ? AuditAction.ProviderAdded : AuditAction.ProviderChanged, "provider", row.Id, row.Title, detail: detail), CancellationToken.None);
        return null;
    }

    /// <summary>Removes one; whoever signed in by it is signed out, with all that runs for them.</summary>
    /// <returns>For the admin; null when it was done.</returns>
    public async Task<string?> RemoveAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await ProveAsync(actor, cancellationToken) is not { } admin)
        {
            return Denied;
        }

        await using var db = factory.ForSystem();
        if (await db.IdentityProviders.FirstOrDefaultAsync(p => p.Id == id, cancellationToken) is not { } row)
        {
            return "This provider does not exist any more.";
        }

        db.Remove(row);
        await db.SaveChangesAsync(cancellationToken);
        await changes.PublishAsync(SignInProviders.Topic, CancellationToken.None);
        var detail = new Dictionary<string, string> { ["authority"] = row.Authority, ["signedOut"] = $"{await SignOutAsync(db, row.Authority, admin)}" };
        await audit.AppendAsync(AuditEvent.By(admin, AuditAction.ProviderRemoved, "provider", row.Id, row.Title, detail: detail), CancellationToken.None);
        return null;
    }

    /// <summary>Asks a provider for its metadata and keys, and says what it answered.</summary>
    public async Task<string> TestAsync(Actor actor, string authority, CancellationToken cancellationToken)
    {
        authority = authority.Trim().TrimEnd('/');
        if (await ProveAsync(actor, cancellationToken) is null)
        {
            return Denied;
        }

        if (!TransportSecurity.Is(authority))
        {
            return "The authority must be https, or http on this machine.";
        }

        try
        {
            var answer = await new ProviderConfiguration(authority, http, time).GetConfigurationAsync(cancellationToken);
            var methods = answer.TokenEndpointAuthMethodsSupported.Count == 0 ? "client_secret_basic" : string.Join(", ", answer.TokenEndpointAuthMethodsSupported);
            var algorithms = answer.IdTokenSigningAlgValuesSupported.Intersect(IdTokenRules.Algorithms).ToList();
            return $"{answer.Issuer} answers, with {answer.JsonWebKeySet.Keys.Count} key(s). "
                + (answer.IdTokenSigningAlgValuesSupported.Count == 0 ? "It does not say what it signs with. " : algorithms.Count == 0 ? "It signs with nothing that is believed here (ES256, RS256)! " : $"It signs with {string.Join(", ", algorithms)}. ")
                + $"Client secret: {methods}. "
                + (answer.CodeChallengeMethodsSupported.Contains("S256") ? "PKCE with S256. " : "It does not say that it knows PKCE. ")
                + (string.IsNullOrEmpty(answer.PushedAuthorizationRequestEndpoint) ? "" : "Requests are pushed to it. ")
                + (string.IsNullOrEmpty(answer.EndSessionEndpoint) ? "It has no sign-out. " : "It has a sign-out. ")
                + (answer.AdditionalData.TryGetValue("backchannel_logout_supported", out var logout) && logout is true ? "It sends back-channel logouts." : "It does not say that it sends back-channel logouts.");
        }
        catch (ProviderUnavailableException e)
        {
            return e.Message;
        }
    }

    /// <returns>How many people it were.</returns>
    private async Task<int> SignOutAsync(PortalDb db, string authority, Actor by)
    {
        string[] issuers = [authority, authority + "/"];
        var people = await db.People.Where(u => issuers.Contains(u.Issuer) && db.SignIns.Any(s => s.UserId == u.Id && s.EndedAt == null)).Select(u => u.Id).ToListAsync(CancellationToken.None);

        // A hub that does not answer must not make the others wait.
        await Parallel.ForEachAsync(people, new ParallelOptions { MaxDegreeOfParallelism = EndedAtOnce }, async (userId, _) => await signIns.EndAllAsync(userId, SignInEnd.ProviderRemoved, by, CancellationToken.None));
        return people.Count;
    }

    private async Task<bool> MayAsync(Actor actor, CancellationToken cancellationToken) => await installation.IsRunByAsync(await factory.ProveAsync(actor, Policies.Admin, cancellationToken), cancellationToken);

    private async Task<Actor?> ProveAsync(Actor actor, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Admin, cancellationToken);
        if (await installation.IsRunByAsync(actor, cancellationToken))
        {
            return actor;
        }

        await refusals.ActAsync(actor, "/providers", Denied, cancellationToken);
        return null;
    }
}
