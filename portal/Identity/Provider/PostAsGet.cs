
namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// OpenID Connect Core 1.0, section 3.1.2.1, and RP-Initiated Logout 1.0, section 2, want POST as well as GET. A form
/// that another site posts comes without our SameSite=Lax cookies, so it is turned into a GET, which comes with them.
/// </summary>
internal static class PostAsGet
{
    private const int MaxForm = 16 * 1024;

    public static void Map(IEndpointRouteBuilder endpoints, string route) => endpoints.MapPost(route, async (HttpContext http) =>
    {
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > MaxForm)
        {
            return Results.Text("A form of at most 16 KiB is expected.", statusCode: StatusCodes.Status400BadRequest);
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        http.Response.Headers.Location = route + QueryString.Create(form);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin();
}
