using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Sallyport.Portal.Identity;

/// <summary>
/// Where the keys that seal cookies lie, in the key folder. Portals that start at once agree on the first of them, as on every other key there:
/// with one each, a portal would take the other's cookies for forged until it reads the folder again, a day later. Later ones are made two days ahead.
/// </summary>
internal sealed class CookieKeys(DirectoryInfo folder, ILoggerFactory loggers) : FileSystemXmlRepository(folder, loggers)
{
    private bool _wasEmpty;

    public override IReadOnlyCollection<XElement> GetAllElements()
    {
        var all = base.GetAllElements();
        _wasEmpty = all.Count == 0;
        return all;
    }

    public override void StoreElement(XElement element, string friendlyName)
    {
        // As it was when the key ring decided to make one.
        if (!_wasEmpty)
        {
            base.StoreElement(element, friendlyName);
            return;
        }

        var path = Path.Combine(Directory.FullName, "first.xml");
        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            stream.Write(Encoding.UTF8.GetBytes(element.ToString()));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another portal was first: the key ring reads the folder after this, and uses that one.
            File.Delete(draft);
        }
    }
}
