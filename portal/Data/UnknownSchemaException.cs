namespace Sallyport.Portal.Data;

/// <summary>The database was made by another version: a newer one, or one from before the first release.</summary>
public sealed class UnknownSchemaException(string change)
    : Exception($"The database has a change that this version of Sallyport does not know ({change}). It was made by a newer version, or by one from before the first release. Run the version that made it, or erase the data (deploy/down --erase). Nothing was changed.");
