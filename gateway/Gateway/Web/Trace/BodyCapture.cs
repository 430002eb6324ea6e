using System.Security.Cryptography;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>Counts what goes by, and keeps its beginning and its hash as far as asked.</summary>
internal sealed class BodyCapture(int keep, bool hash) : IDisposable
{
    // Most bodies are empty: nothing is made for them.
    private IncrementalHash? _hash;
    private MemoryStream? _kept;

    public long Length { get; private set; }

    public ReadOnlyMemory<byte> Kept => _kept is null ? default : _kept.GetBuffer().AsMemory(0, (int)_kept.Length);

    /// <summary>Of what has gone by until now, lowercase hexadecimal; null when it was not asked for.</summary>
    public string? Sha256 => hash ? Convert.ToHexStringLower(_hash?.GetCurrentHash() ?? SHA256.HashData([])) : null;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        Length += bytes.Length;
        if (hash)
        {
            (_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(bytes);
        }

        if (keep > 0)
        {
            (_kept ??= new MemoryStream()).Write(bytes[..(int)Math.Min(bytes.Length, keep - _kept.Length)]);
        }
    }

    public void Dispose()
    {
        _hash?.Dispose();
        _kept?.Dispose();
    }
}
