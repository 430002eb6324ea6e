using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>The keys that seal cookies, of portals that share a key folder.</summary>
[Collection(PostgresCollection.Name)]
public sealed class CookieKeysTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    [Fact]
    public void Of_many_who_make_the_first_key_at_once_one_does_and_later_ones_are_added()
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-cookies-");
        try
        {
            var portals = Enumerable.Range(0, 16).Select(_ => new CookieKeys(folder, NullLoggerFactory.Instance)).ToList();
            Assert.All(portals, one => Assert.Empty(one.GetAllElements()));
            Parallel.ForEach(portals, one => one.StoreElement(new XElement("key"), "key"));
            Assert.All(portals, one => Assert.Single(one.GetAllElements()));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Assert.Single(folder.GetFiles()).UnixFileMode);

            portals[0].StoreElement(new XElement("key"), "later");
            Assert.All(portals, one => Assert.Equal(2, one.GetAllElements().Count));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Portals_that_start_at_once_open_what_the_others_seal()
    {
        // As at the first start of an installation.
        foreach (var file in Directory.GetFiles(Path.Combine(portal.Services.GetRequiredService<IOptions<PortalOptions>>().Value.KeyFolder, "cookies")))
        {
            File.Delete(file);
        }

        var portals = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(portal.StartSecondAsync)));
        try
        {
            var protectors = portals.Select(one => one.Services.GetDataProtector("test")).ToList();
            foreach (var sealedText in protectors.Select(protector => protector.Protect("a cookie")).ToList())
            {
                Assert.All(protectors, protector => Assert.Equal("a cookie", protector.Unprotect(sealedText)));
            }
        }
        finally
        {
            await Task.WhenAll(portals.Select(one => one.DisposeAsync().AsTask()));
        }
    }
}
