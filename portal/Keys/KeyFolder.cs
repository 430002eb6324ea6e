using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Keys;

/// <summary>
/// The secrets that must not lie in the database: a folder of key files, made at first start and readable by the
/// portal alone. Who has a copy of the database has nothing that opens a credential or a recording.
/// </summary>
public sealed class KeyFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;

    public KeyFolder(IOptions<PortalOptions> options)
    {
        _path = options.Value.KeyFolder;
        Directory.CreateDirectory(_path, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>32 random bytes of that name.</summary>
    public byte[] Symmetric(string name)
    {
        var key = ReadOrCreate($"{name}.key", () => RandomNumberGenerator.GetBytes(32));
        return key.Length == 32 ? key : throw new CryptographicException($"The key file {name}.key does not hold 32 bytes.");
    }

    /// <summary>A P-256 signing key of that name; the caller disposes it.</summary>
    public ECDsa Signing(string name)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(Pem(name));
        return key;
    }

    /// <summary>A P-256 key-agreement key of that name; the caller disposes it.</summary>
    public ECDiffieHellman Agreement(string name)
    {
        var key = ECDiffieHellman.Create();
        key.ImportFromPem(Pem(name));
        return key;
    }

    /// <summary>The names of keys that begin like this.</summary>
    public IEnumerable<string> Names(string prefix) => Directory.EnumerateFiles(_path, $"{prefix}*")
        .Where(file => Path.GetExtension(file) is ".pem" or ".key")
        .Select(file => Path.GetFileNameWithoutExtension(file));

    public void Remove(string name)
    {
        File.Delete(Path.Combine(_path, $"{name}.pem"));
        File.Delete(Path.Combine(_path, $"{name}.key"));
    }

    /// <summary>Whether something that happens once has happened: it is remembered here because who writes to the database must not undo it.</summary>
    public bool IsMarked(string name) => File.Exists(Path.Combine(_path, name));

    public void Mark(string name) => ReadOrCreate(name, () => []);

    private string Pem(string name) => System.Text.Encoding.ASCII.GetString(ReadOrCreate($"{name}.pem", () =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
    }));

    private byte[] ReadOrCreate(string file, Func<byte[]> create)
    {
        var path = Path.Combine(_path, file);
        if (!File.Exists(path))
        {
            // Written aside and linked into place, so that two portals that start at once agree on one key.
            var draft = $"{path}.{Guid.NewGuid():N}";
            using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                stream.Write(create());
                stream.Flush(flushToDisk: true);
            }

            try
            {
                File.Move(draft, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(draft);
            }
        }

        return File.ReadAllBytes(path);
    }
}
