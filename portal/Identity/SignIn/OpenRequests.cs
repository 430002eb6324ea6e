namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Cuts what a signed-in browser still gets, a circuit's socket or a download, a moment after its sign-in ended.</summary>
internal sealed class OpenRequests(RequestDelegate next, OpenConnections connections, TimeProvider time)
{
    /// <summary>For the circuit to lead its browser to the page that says why.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        // A request that changes something is short, and may be the very one that ends the sign-in.
        if (PortalClaims.SignInOf(context.User) is not var (userId, signInId) || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method)))
        {
            await next(context);
            return;
        }

        using var done = new CancellationTokenSource();
        var isDone = done.Token;
        using var open = connections.Add(userId, signInId, why => _ = CutAsync());
        try
        {
            await next(context);
        }
        finally
        {
            await done.CancelAsync();
        }

        async Task CutAsync()
        {
            try
            {
                await Task.Delay(Grace, time, isDone);
                context.Abort();
            }
            catch (OperationCanceledException)
            {
                // It was over by itself.
            }
        }
    }
}
