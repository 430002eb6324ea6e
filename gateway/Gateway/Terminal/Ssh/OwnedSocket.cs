using System.Net.Sockets;
using System.Reflection;
using Renci.SshNet;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// Gives SSH.NET a socket that the gateway connected and can cut. With a hostile asset nothing else ends its waiting: sending
/// holds the lock that its own disconnecting wants. SSH.NET has the interfaces for it and keeps them internal; this is the only place that
/// reaches into it, and its tests fail when a new version has them otherwise.
/// </summary>
internal static class OwnedSocket
{
    private static readonly FieldInfo FactoryField = typeof(BaseClient).GetField("_serviceFactory", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException(nameof(BaseClient), "_serviceFactory");

    /// <summary>Has the client speak over this socket, which is connected.</summary>
    /// <param name="made">Is given the client's session before it says its first word.</param>
    public static void Give(SshClient client, Socket socket, Action<Session> made)
    {
        var factory = FactoryField.GetValue(client)!;
        var answering = (Answering)DispatchProxy.Create(FactoryField.FieldType, typeof(Answering));
        answering.Answer = (method, arguments) =>
        {
            switch (method.Name)
            {
                case "CreateSession":
                    // Its own factory would pass itself on, and the session ask that one for its connection.
                    var session = (Session)Activator.CreateInstance(typeof(Session), BindingFlags.Instance | BindingFlags.NonPublic, null, [arguments![0], answering, arguments[1]], null)!;
                    made(session);
                    return session;
                case "CreateConnector":
                    var connector = (Answering)DispatchProxy.Create(method.ReturnType, typeof(Answering));
                    connector.Answer = (_, _) => socket;
                    return connector;
                default:
                    return method.Invoke(factory, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            }
        };
        FactoryField.SetValue(client, answering);
    }

    /// <summary>An internal interface of SSH.NET's, answered here.</summary>
    internal class Answering : DispatchProxy
    {
        public Func<MethodInfo, object?[]?, object?> Answer { get; set; } = (_, _) => null;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!, args);
    }
}
