using System.Security.Cryptography;
using Sallyport.Recording.Format;

namespace Sallyport.Recording;

/// <summary>
/// Checks a recording without needing its key: each chunk against the hash that the next one carries, the signature,
/// the index against the chunks, and the whole against a head that was reported while it was being written.
/// </summary>
public static class RecordingVerifier
{
    /// <param name="gatewayKey">The key of the gateway that the portal knows; null leaves the signature unchecked.</param>
    /// <param name="reported">The newest head that the portal was told; null leaves truncation of an interrupted file unseen.</param>
    /// <param name="keyEncryptionKey">Also opens every chunk, when given.</param>
    public static async Task<VerificationReport> VerifyAsync(
        Stream source,
        ECDsa? gatewayKey,
        RecordingHead? reported,
        ECDiffieHellman? keyEncryptionKey,
        CancellationToken cancellationToken)
    {
        FileHeader header;
        int start;
        byte[] hash;
        try
        {
            (header, start, hash) = await FileHeader.ReadAsync(source, cancellationToken);
        }
        catch (RecordingException e)
        {
            return new VerificationReport(Verdict.Broken, null, 0, null, SignatureChecked: false, [new Finding(null, e.Message)]);
        }

        var chain = new ChainCheck(source, header, start, hash, gatewayKey, reported);
        await chain.RunAsync(cancellationToken);
        var findings = chain.Findings;
        if (keyEncryptionKey is not null && findings.Count == 0)
        {
            await OpenAllAsync(source, keyEncryptionKey, findings, cancellationToken);
        }

        var verdict = findings.Count > 0 ? Verdict.Broken : chain.Sealed ? Verdict.Intact : Verdict.Interrupted;
        return new VerificationReport(verdict, header.Recording, chain.EventChunks, chain.Head, chain.SignatureChecked, findings);
    }

    private static async Task OpenAllAsync(Stream source, ECDiffieHellman key, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = await RecordingReader.OpenAsync(source, key, cancellationToken);
            for (var number = 0; number < reader.Chunks.Count; number++)
            {
                await reader.ReadChunkAsync(number, cancellationToken);
            }
        }
        catch (RecordingException e)
        {
            findings.Add(new Finding(null, e.Message));
        }
    }
}
