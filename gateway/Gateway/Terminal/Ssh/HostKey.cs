using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>A server's public key (RFC 4253, section 6.6).</summary>
/// <param name="Blob">base64</param>
internal sealed record HostKey(string Blob, string Algorithm)
{
    /// <summary>As OpenSSH prints it.</summary>
    public string Fingerprint => FingerprintOf(Blob);

    public static string FingerprintOf(string blob) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(blob))).TrimEnd('=');

    public static HostKey Of(SshSessionHandle session)
    {
        if (LibSsh.GetServerPublicKey(session, out var key) != LibSsh.Ok)
        {
            throw new AssetFailureException(Contracts.SessionEndReason.AssetLost, "The asset showed no host key.");
        }

        try
        {
            if (LibSsh.ExportPublicKey(key, out var text) != LibSsh.Ok)
            {
                throw new AssetFailureException(Contracts.SessionEndReason.AssetLost, "The asset's host key is of an unknown kind.");
            }

            var blob = Marshal.PtrToStringUTF8(text)!;
            LibSsh.StringFree(text);
            return new HostKey(blob, Marshal.PtrToStringUTF8(LibSsh.KeyTypeName(LibSsh.KeyType(key))) ?? "unknown");
        }
        finally
        {
            LibSsh.KeyFree(key);
        }
    }
}
