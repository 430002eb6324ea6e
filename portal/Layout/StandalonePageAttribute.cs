namespace Sallyport.Portal.Layout;

/// <summary>A page that works by its own script alone: the framework's, which it does not need, would only hold it up.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StandalonePageAttribute : Attribute;
