using System.Reflection;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>Every object that can be reached from one, through any field.</summary>
internal static class Reachable
{
    private const int Most = 200_000;

    public static IReadOnlyCollection<object> From(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        var next = new Queue<object>(seen);
        while (next.TryDequeue(out var from) && seen.Count < Most)
        {
            foreach (var to in Neighbours(from))
            {
                if (to is not null and not Pointer and not MemberInfo and not Assembly and not Module && seen.Add(to))
                {
                    next.Enqueue(to);
                }
            }
        }

        return seen;
    }

    private static IEnumerable<object?> Neighbours(object from)
    {
        if (from is string || from.GetType().IsPrimitive)
        {
            yield break;
        }

        if (from is Array array)
        {
            if (!array.GetType().GetElementType()!.IsPrimitive)
            {
                foreach (var item in array)
                {
                    yield return item;
                }
            }

            yield break;
        }

        for (var type = from.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
                {
                    yield return field.GetValue(from);
                }
            }
        }
    }
}
