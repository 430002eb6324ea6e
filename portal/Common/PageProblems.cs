using Microsoft.AspNetCore.Antiforgery;

namespace Sallyport.Portal.Common;

/// <summary>What the scripts of the portal's own pages are answered when something is refused: problem details (RFC 9457), with a code for the script and a sentence for the person.</summary>
public static class PageProblems
{
    public static IResult Problem(string code, string sentence, int status = StatusCodes.Status409Conflict) =>
        Results.Problem(sentence, statusCode: status, extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = code });

    /// <summary>Refuses what does not come from a page that this user was given: by the token that the page has in its markup.</summary>
    public static TBuilder RequirePageToken<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.AddEndpointFilter(async (context, next) => await context.HttpContext.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context.HttpContext)
            ? await next(context)
            : Problem("page_too_old", "This page was open for too long. Load it again.", StatusCodes.Status400BadRequest));
}
