using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Sallyport.Portal.Audit;

/// <param name="FirstBroken">Number of the first entry that is wrong; null when the chain holds.</param>
/// <param name="Message">For a person.</param>
public sealed record AuditVerification(long Checked, long? FirstBroken, string Message, string Head);

/// <summary>Recomputes the chain from its first entry on, a row at a time.</summary>
public sealed class AuditVerifier(NpgsqlDataSource dataSource)
{
    /// <param name="kept">A number and hash that were written down elsewhere before; shows a chain that was cut or rewritten.</param>
    public async Task<AuditVerification> VerifyAsync((long Seq, string Hash)? kept, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select seq, prev, hash, body from audit.entries order by seq");
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var previous = new byte[SHA256.HashSizeInBytes];
        long expected = 1;
        var keptSeen = kept is null;
        while (await rows.ReadAsync(cancellationToken))
        {
            var (seq, prev, hash, body) = (rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), rows.GetFieldValue<byte[]>(2), rows.GetString(3));
            if (seq != expected)
            {
                return Broken(expected, $"Entry {expected} is missing; entry {seq} follows entry {expected - 1}.");
            }

            if (!prev.AsSpan().SequenceEqual(previous))
            {
                return Broken(seq, $"Entry {seq} does not continue entry {seq - 1}.");
            }

            if (!Hash(previous, seq, body).AsSpan().SequenceEqual(hash))
            {
                return Broken(seq, $"Entry {seq} was altered.");
            }

            if (kept is { } known && known.Seq == seq)
            {
                keptSeen = Convert.ToHexStringLower(hash) == known.Hash;
                if (!keptSeen)
                {
                    return Broken(seq, $"Entry {seq} is not the one that was written down: the chain was rewritten.");
                }
            }

            (previous, expected) = (hash, seq + 1);
        }

        return keptSeen
            ? new AuditVerification(expected - 1, null, $"The chain of {expected - 1} entries is unbroken.", $"{expected - 1}:{Convert.ToHexStringLower(previous)}")
            : Broken(expected, $"The log ends with entry {expected - 1}, but entry {kept!.Value.Seq} was written down: it was cut off.");

        AuditVerification Broken(long seq, string message) => new(expected - 1, seq, message, "");
    }

    private static byte[] Hash(byte[] previous, long seq, string body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, seq);
        hash.AppendData(number);
        hash.AppendData(Encoding.UTF8.GetBytes(body));
        return hash.GetHashAndReset();
    }
}
