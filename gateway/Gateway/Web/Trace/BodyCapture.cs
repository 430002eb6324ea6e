using System.Security.Cryptography;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>Counts what goes by, and keeps its beginning and its hash as far as asked.</summary>
internal sealed class BodyCapture(int keep, bool hash) : IDisposable
{
    private readonly IncrementalHash? _hash = hash ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private readonly MemoryStream _kept = new();
    private string? _sha256;

    public long Length { get; private set; }

    public ReadOnlySpan<byte> Kept => _kept.GetBuffer().AsSpan(0, (int)_kept.Length);

    /// <summary>Lowercase hexadecimal; null when it was not asked for.</summary>
    public string? Sha256 => _sha256 ??= _hash is null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        _hash?.AppendData(bytes);
        _kept.Write(bytes[..(int)Math.Min(bytes.Length, keep - _kept.Length)]);
    }

    public void Dispose()
    {
        _hash?.Dispose();
        _kept.Dispose();
    }
}
