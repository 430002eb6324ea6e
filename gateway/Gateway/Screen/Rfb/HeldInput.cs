namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>
/// What is pressed on an asset: so that a dropped link, lost control or a session's end can let go of it, and no jog
/// button stays held. What was let go of for a user, or was pressed while it could not be forwarded, counts again only when
/// they have lifted it and press anew. Not thread-safe: it belongs to whoever forwards input.
/// </summary>
public sealed class HeldInput
{
    /// <summary>More keys than ten fingers and a stuck modifier or two; what is pressed beyond is not forwarded.</summary>
    public const int MaxKeys = 32;

    private readonly List<uint> _keys = [];
    private readonly List<uint> _voidKeys = [];
    private ScreenInput _pointer = ScreenInput.PointerAt(0, 0, 0);
    private byte _voidButtons;

    public bool IsEmpty => _keys.Count == 0 && _pointer.Buttons == 0;

    /// <summary>Notes an event that is about to be forwarded.</summary>
    /// <returns>What is to be forwarded; null: nothing, for it would press a key that could not be noted, or let go of one that is not held.</returns>
    public ScreenInput? Note(ScreenInput input)
    {
        if (input.Kind == ScreenInputKind.PointerEvent)
        {
            // A finger that stayed down while its button was let go of still says "down" as it moves.
            _voidButtons &= input.Buttons;
            _pointer = input with { Buttons = (byte)(input.Buttons & ~_voidButtons) };
            return _pointer;
        }

        if (!input.Down)
        {
            return _voidKeys.Remove(input.Keysym) || !_keys.Remove(input.Keysym) ? null : input;
        }

        // A held key repeats.
        if (_voidKeys.Contains(input.Keysym))
        {
            return null;
        }

        if (!_keys.Contains(input.Keysym))
        {
            if (_keys.Count == MaxKeys)
            {
                return null;
            }

            _keys.Add(input.Keysym);
        }

        return input;
    }

    /// <summary>Notes an event that is not forwarded, so that nothing that was pressed meanwhile counts when events are forwarded again.</summary>
    public void Ignore(ScreenInput input)
    {
        if (input.Kind == ScreenInputKind.PointerEvent)
        {
            _voidButtons = input.Buttons;
        }
        else if (!input.Down)
        {
            _voidKeys.Remove(input.Keysym);
        }
        else
        {
            Void(input.Keysym);
        }
    }

    /// <summary>The events that let go of everything, newest key first and buttons where the pointer last was; then nothing is held.</summary>
    public IReadOnlyList<ScreenInput> ReleaseAll()
    {
        List<ScreenInput> releases = [];
        for (var i = _keys.Count - 1; i >= 0; i--)
        {
            releases.Add(ScreenInput.Key(_keys[i], down: false));
            Void(_keys[i]);
        }

        if (_pointer.Buttons != 0)
        {
            _voidButtons |= _pointer.Buttons;
            _pointer = _pointer with { Buttons = 0 };
            releases.Add(_pointer);
        }

        _keys.Clear();
        return releases;
    }

    /// <summary>Another user or window begins, with nothing pressed. Whatever is held must have been let go of.</summary>
    public void Begin()
    {
        _voidKeys.Clear();
        _voidButtons = 0;
    }

    private void Void(uint keysym)
    {
        if (_voidKeys.Count < MaxKeys && !_voidKeys.Contains(keysym))
        {
            _voidKeys.Add(keysym);
        }
    }
}
