namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>
/// What is pressed on an asset: so that a dropped link, lost control or a session's end can let go of it, and no jog
/// button stays held. Not thread-safe: it belongs to whoever forwards input.
/// </summary>
public sealed class HeldInput
{
    /// <summary>More keys than ten fingers and a stuck modifier or two; what is pressed beyond is not forwarded.</summary>
    public const int MaxKeys = 32;

    private readonly List<uint> _keys = [];
    private ScreenInput _pointer = ScreenInput.PointerAt(0, 0, 0);

    public bool IsEmpty => _keys.Count == 0 && _pointer.Buttons == 0;

    /// <summary>Notes an event that is about to be forwarded. False: do not forward it, for it would press a key that could not be noted, or let go of one that is not held.</summary>
    public bool Note(ScreenInput input)
    {
        if (input.Kind == ScreenInputKind.PointerEvent)
        {
            _pointer = input;
            return true;
        }

        if (!input.Down)
        {
            return _keys.Remove(input.Keysym);
        }

        // A held key repeats.
        if (!_keys.Contains(input.Keysym))
        {
            if (_keys.Count == MaxKeys)
            {
                return false;
            }

            _keys.Add(input.Keysym);
        }

        return true;
    }

    /// <summary>The events that let go of everything, newest key first and buttons where the pointer last was; then nothing is held.</summary>
    public IReadOnlyList<ScreenInput> ReleaseAll()
    {
        List<ScreenInput> releases = [];
        for (var i = _keys.Count - 1; i >= 0; i--)
        {
            releases.Add(ScreenInput.Key(_keys[i], down: false));
        }

        if (_pointer.Buttons != 0)
        {
            _pointer = _pointer with { Buttons = 0 };
            releases.Add(_pointer);
        }

        _keys.Clear();
        return releases;
    }
}
