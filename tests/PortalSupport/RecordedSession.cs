using System.Buffers.Text;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Sessions;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Support;

/// <summary>A session of a <see cref="PlantWorld"/> whose recording is a real one, written into the store and reported as a gateway does.</summary>
public sealed record RecordedSession(Session Session, string Path)
{
    /// <summary>Three chunks and the end, sealed and reported.</summary>
    /// <param name="seal">False: as if the gateway was lost, with the last chunk reported.</param>
    public static async Task<RecordedSession> MakeAsync(PlantWorld world, bool seal = true)
    {
        var (technician, session) = await world.ActiveAsync();
        var path = world.RecordingPath(session);
        using var key = world.Get<KeyFolder>().Agreement("recordings");
        var client = world.Gateway.Client;
        var header = new RecordingHeader(
            session.Id,
            session.TenantId,
            new Party(technician.UserId, technician.Name),
            new Party(world.Plant.Id, world.Plant.Name),
            new Party(world.Panel.Id, world.Panel.Name),
            new Party(world.Terminal.Id, world.Terminal.Name),
            "ssh",
            new Party(world.Gateway.Id, "test"),
            client.PublicKey.KeyId,
            "Look at the test panel",
            null,
            null,
            DateTimeOffset.UtcNow,
            session.EndsAt);
        await using var writer = await RecordingWriter.CreateAsync(path, header, new RecordingRecipient("recordings", Base64Url.EncodeToString(key.ExportSubjectPublicKeyInfo())), client.Key, TimeProvider.System, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            // Larger than a chunk: each is one of its own.
            await writer.WriteAsync(RecordingEventKind.Output, Encoding.ASCII.GetBytes($"line {i} ".PadRight(300_000, '.')), CancellationToken.None);
        }

        if (seal)
        {
            await writer.SealAsync("user", CancellationToken.None);
        }
        else
        {
            await writer.DisposeAsync();
        }

        await world.Gateway.ReportAsync(GatewayRoutes.Head, session.Id, Report(writer.Head));
        await world.Gateway.ReportAsync(GatewayRoutes.Ended, session.Id, new SessionEnded(DateTimeOffset.UtcNow, SessionEndReason.User, "Ended", Report(writer.Head), seal));
        return new RecordedSession(session, path);
    }

    private static RecordingHeadReport Report(RecordingHead head) => new(head.Chunk, head.Hash, head.Length, DateTimeOffset.UtcNow);
}
