using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Plants;

/// <summary>
/// Once, at the first start after an upgrade: credentials that were sealed before seals named a destination are bound to the
/// one that their row has now. What cannot be opened stays and must be given again.
/// </summary>
internal sealed partial class CredentialRebinding(PortalDbFactory factory, CredentialSeal seal, TimeProvider time, ILogger<CredentialRebinding> log) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!seal.AllAreBound)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(log, e);
                await Task.Delay(Retry, time, stoppingToken);
            }
        }
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var services = await (from s in db.Services.AsNoTracking() join a in db.Assets on s.AssetId equals a.Id where s.ArchivedAt == null select new { Service = s, a.Address }).ToListAsync(cancellationToken);
        var bound = 0;
        foreach (var (service, address) in services.Select(s => (s.Service, s.Address)).Where(s => s.Service.SealedCredential.Length > 0 && !CredentialSeal.IsBound(s.Service.SealedCredential)))
        {
            var destination = CredentialDestination.Of(service, address).Text;
            try
            {
                var rebound = seal.Seal(seal.Open(service.SealedCredential, service.Id, destination), service.Id, destination);
                bound += await db.Services.Where(s => s.Id == service.Id && s.SealedCredential == service.SealedCredential).ExecuteUpdateAsync(s => s.SetProperty(x => x.SealedCredential, rebound), cancellationToken);
            }
            catch (CryptographicException)
            {
                Log.NotOpened(log, service.Name, service.Id);
            }
        }

        seal.RefuseUnbound();
        Log.Bound(log, bound);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Bound {Count} credentials to their destinations; what is bound to none is refused from now on")]
        public static partial void Bound(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The credential of {Service} ({Id}) cannot be opened and must be given again")]
        public static partial void NotOpened(ILogger logger, string service, Guid id);

        [LoggerMessage(Level = LogLevel.Error, Message = "Credentials could not be bound to their destinations, trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
