using Sallyport.Contracts.Links;

namespace Sallyport.Hub.WireGuard;

/// <summary>Makes counters of what <c>wg</c> shows, which begins anew when a peer or the interface is made anew.</summary>
internal sealed class PeerActivity(TimeProvider time)
{
    /// <summary>A handshake is renewed every two minutes while packets flow (REKEY_AFTER_TIME of the WireGuard paper, section 6.1); the portal calls a plant offline after the same time.</summary>
    private static readonly TimeSpan OnlineFor = TimeSpan.FromSeconds(180);

    // wg gives handshakes in whole seconds, and an age is read a moment later.
    private static readonly TimeSpan Newer = TimeSpan.FromSeconds(2);

    private Dictionary<string, Seen> _last = new(StringComparer.Ordinal);

    public void Measure(IReadOnlyList<PeerHealth> peers)
    {
        var now = time.GetUtcNow();
        var current = peers.ToDictionary(p => p.PublicKey, p => new Seen(p.HandshakeAgeSeconds is { } age ? now.AddSeconds(-age) : null, p.ReceivedBytes, p.SentBytes), StringComparer.Ordinal);
        var online = current.Values.Count(p => p.HandshakeAt is { } at && now - at < OnlineFor);
        var never = current.Values.Count(p => p.HandshakeAt is null);
        HubMetrics.PeersAre(online, current.Count - online - never, never);

        long received = 0, sent = 0;
        var handshakes = 0;
        foreach (var (key, peer) in current)
        {
            // What it moved before the hub was started was counted then.
            if (_last.GetValueOrDefault(key) is { } before)
            {
                received += Since(before.Received, peer.Received);
                sent += Since(before.Sent, peer.Sent);
                handshakes += peer.HandshakeAt - before.HandshakeAt > Newer || (before.HandshakeAt is null && peer.HandshakeAt is not null) ? 1 : 0;
            }
        }

        HubMetrics.Moved(received, sent);
        HubMetrics.Handshaken(handshakes);
        _last = current;
    }

    private static long Since(long before, long now) => now >= before ? now - before : now;

    private sealed record Seen(DateTimeOffset? HandshakeAt, long Received, long Sent);
}
