namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>A thread of an SSH session's own: small, and not one of the pool's. SSH.NET waits by blocking, and a slow or hostile asset holds up nobody else.</summary>
internal static class SshThread
{
    private const int StackSize = 512 * 1024;

    public static void Start(string name, Action body) => new Thread(() => body(), StackSize) { IsBackground = true, Name = name }.Start();

    public static Task<T> RunAsync<T>(string name, Func<T> body)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(name, () =>
        {
            try
            {
                result.SetResult(body());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return result.Task;
    }
}
