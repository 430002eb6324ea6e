using Microsoft.Playwright;

namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>An installation with its demo plant.</summary>
public sealed class Demo() : Installation("--demo")
{
    public const string EdgeAddress = "100.64.0.1";
    public const string PanelAddress = "100.64.0.20";
    public const string StationAddress = "100.64.0.40";

    /// <summary>A new browser profile, signed in by the sign-in page.</summary>
    public async Task<IPage> SignInAsync(string user, string? timeZone = null)
    {
        var accounts = (await File.ReadAllLinesAsync(Path.Combine(Data, "demo/accounts.txt"))).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);
        var page = await OpenBrowserAsync(timeZone);
        await SignInAsync(page, user, accounts[user]);
        return page;
    }
}

[CollectionDefinition(Name)]
public sealed class DemoCollection : ICollectionFixture<Demo>
{
    public const string Name = "demo";
}
