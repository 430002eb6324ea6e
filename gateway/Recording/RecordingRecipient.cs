namespace Sallyport.Recording;

/// <summary>Who may read recordings: the public half of the key-encryption key (P-256 SubjectPublicKeyInfo, base64url).</summary>
public sealed record RecordingRecipient(string KeyId, string Spki);
