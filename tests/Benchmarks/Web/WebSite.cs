namespace Sallyport.Benchmarks.Web;

/// <summary>The asset's pages by one of the two ways.</summary>
/// <param name="ProcessId">Of the program that is between, and has started what else it needs.</param>
/// <param name="Port">On loopback, with TLS.</param>
/// <param name="Headers">What a browser would say that is let in there.</param>
internal sealed record WebSite(int ProcessId, int Port, IReadOnlyList<(string Name, string Value)> Headers);
