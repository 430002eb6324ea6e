using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Layout;

namespace Sallyport.Portal.Tests.Architecture;

/// <summary>No page keeps the power that its user had when it was opened, and no service takes a page's word for it.</summary>
public sealed class ActorTests
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>They write down what their caller was let do, or say which company's people somebody is one of.</summary>
    private static readonly string[] Unchecked = ["Installation.IsAdministeredByAsync", "Installation.IsRunByAsync", "RecordingLibrary.AuditAsync", "RefusalAudit.ActAsync", "Replays.BeginAsync", "Replays.GoOnAsync", "VideoExports.StartAsync"];

    private static readonly Type[] Portal = typeof(PortalDbFactory).Assembly.GetTypes();

    private static readonly Type[] Components = [.. Portal.Where(type => typeof(IComponent).IsAssignableFrom(type))];

    [Fact]
    public void No_component_can_keep_an_actor()
    {
        var kept = Components.SelectMany(type => type.GetFields(Everything).Where(field => Holds(field.FieldType)).Select(field => $"{type.Name}.{field.Name}"));

        Assert.Empty(kept);

        static bool Holds(Type type) => type == typeof(Actor) || (type.IsGenericType && type.GetGenericArguments().Any(Holds)) || (type.HasElementType && Holds(type.GetElementType()!));
    }

    [Fact]
    public void Components_get_an_actor_from_their_act_alone()
    {
        var others = Components.Where(type => type != typeof(ActingComponent) && type != typeof(LivePage))
            .SelectMany(type => Bodies(type).SelectMany(Calls).Where(Makes).Select(call => $"{type.Name} by {call.Name}"));

        Assert.Empty(others);

        // Whatever gives out an actor, or makes one of claims.
        static bool Makes(MethodBase method) => (method is MethodInfo { ReturnType: var type } && (type == typeof(Actor) || type == typeof(Task<Actor>)))
            || (method.IsConstructor && method.DeclaringType == typeof(Actor)) || method.DeclaringType == typeof(Acts);
    }

    [Fact]
    public void What_acts_names_its_policy()
    {
        var acting = Components.Where(type => typeof(ActingComponent).IsAssignableFrom(type) && !type.IsAbstract).ToList();

        Assert.NotEmpty(acting);
        Assert.Empty(acting.Where(type => type.GetCustomAttribute<AuthorizeAttribute>()?.Policy is null).Select(type => type.Name));
    }

    [Fact]
    public void What_a_service_does_for_an_actor_it_does_for_one_whose_rights_it_has_asked_for_now()
    {
        var services = Portal.Where(type => !Components.Contains(type) && type.Namespace?.StartsWith("Sallyport.Portal", StringComparison.Ordinal) == true && !IsGenerated(type) && type != typeof(PortalDbFactory));
        var forActors = services.SelectMany(type => type.GetMethods(Everything))
            .Where(method => method.GetParameters().Any(p => p.ParameterType == typeof(Actor)) && typeof(Task).IsAssignableFrom(method.ReturnType) && Nullability(method))
            .ToList();
        var asking = forActors.Where(method => Bodies(method).SelectMany(Calls).Any(IsCheck)).ToHashSet<MethodBase>();
        var unasked = forActors.Where(method => method.IsPublic && !asking.Contains(method) && !Bodies(method).SelectMany(Calls).Any(asking.Contains)).Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.True(asking.Count > 40, $"Only {asking.Count} were found.");
        Assert.Equal(Unchecked.Order(StringComparer.Ordinal), unasked.Order(StringComparer.Ordinal));

        static bool IsCheck(MethodBase method) => method.DeclaringType == typeof(PortalDbFactory) && method.Name is nameof(PortalDbFactory.ForAsync) or nameof(PortalDbFactory.ProveAsync);

        // "Actor? by": the portal itself may be the one, for what has been decided already.
        static bool Nullability(MethodInfo method) => new NullabilityInfoContext().Create(method.GetParameters().First(p => p.ParameterType == typeof(Actor))).WriteState != NullabilityState.Nullable;
    }

    private static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute)) || (type.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>The method's own code, or that of the state machine that the compiler made of it; with its local functions and lambdas.</summary>
    private static IEnumerable<MethodBase> Bodies(MethodInfo method)
    {
        var machine = method.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType;
        return machine is null ? [method] : [machine.GetMethod("MoveNext", Everything)!];
    }

    /// <summary>All code of the type, and of what the compiler made for it.</summary>
    private static IEnumerable<MethodBase> Bodies(Type type) => type.GetMethods(Everything).Cast<MethodBase>()
        .Concat(type.GetConstructors(Everything))
        .Concat(type.GetNestedTypes(Everything).Where(IsGenerated).SelectMany(Bodies));

    /// <summary>What a method calls, read from its code.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < code.Length; i++)
        {
            if (code[i] == OpCodes.Call.Value || code[i] == OpCodes.Callvirt.Value || code[i] == OpCodes.Newobj.Value)
            {
                MethodBase? called = null;
                try
                {
                    called = method.Module.ResolveMethod(BitConverter.ToInt32(code, i + 1), method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
                }
                catch (Exception e) when (e is ArgumentException or BadImageFormatException or MissingMethodException or TypeLoadException)
                {
                    // These bytes were an operand that looks like a call.
                }

                if (called is not null)
                {
                    yield return called;
                }
            }
        }
    }
}
