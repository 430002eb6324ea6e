using System.Buffers;
using System.Text;

namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>What a terminal is told; the parser says it in order.</summary>
internal interface IVtActions
{
    /// <summary>Printable ASCII, in one row's worth or more.</summary>
    void Print(ReadOnlySpan<byte> ascii);

    void Print(Rune rune);

    /// <summary>A C0 control: BS, HT, LF, CR, SO, SI, …</summary>
    void Execute(byte control);

    /// <summary>ESC, an intermediate byte (0 for none), and what ends it.</summary>
    void Escape(byte intermediate, byte final);

    /// <param name="prefix">One of <c>&lt;=&gt;?</c>, or 0.</param>
    /// <param name="parameters">-1 where one was left out.</param>
    void Control(byte prefix, byte intermediate, byte final, ReadOnlySpan<int> parameters);
}

/// <summary>
/// Splits a terminal's output into text and control functions: the state machine of DEC's terminals (ECMA-48; ECMA-35
/// for ESC sequences), with UTF-8 (RFC 3629). Takes bytes in any pieces, believes no length, and never fails: what it
/// does not know it skips. OSC, DCS, SOS, PM and APC strings are skipped to their end; none of them changes the screen.
/// </summary>
internal sealed class VtParser(IVtActions actions)
{
    private const int MaxParameters = 32;
    private const int MaxParameter = 65535;

    private static readonly SearchValues<byte> Printable = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(b => (byte)b)]);

    private readonly int[] _parameters = new int[MaxParameters];
    private readonly byte[] _utf8 = new byte[4];
    private int _count;
    private byte _prefix;
    private byte _intermediate;
    private int _utf8Length;
    private State _state;

    private enum State
    {
        Ground,
        Escape,
        Control,
        ControlIgnored,
        Text,
        TextEscape,
    }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_state == State.Ground && _utf8Length == 0)
            {
                var run = bytes.IndexOfAnyExcept(Printable);
                run = run < 0 ? bytes.Length : run;
                if (run > 0)
                {
                    actions.Print(bytes[..run]);
                    bytes = bytes[run..];
                    continue;
                }
            }

            Take(bytes[0]);
            bytes = bytes[1..];
        }
    }

    private void Take(byte b)
    {
        if (_state is State.Ground && (_utf8Length > 0 || b >= 0x80))
        {
            TakeUtf8(b);
            return;
        }

        switch (_state)
        {
            case State.Text when b is 0x07 or 0x18 or 0x1A:
                _state = State.Ground;
                break;
            case State.Text:
                _state = b == 0x1B ? State.TextEscape : State.Text;
                break;
            case State.TextEscape when b == (byte)'\\':
                _state = State.Ground;
                break;
            case State.TextEscape:
                // No string terminator: the escape begins something new (ECMA-48 leaves it open; every terminal does this).
                Begin();
                Take(b);
                break;
            case var _ when b == 0x1B:
                Begin();
                break;
            case var _ when b is 0x18 or 0x1A:
                _state = State.Ground;
                break;
            case var _ when b < 0x20:
                // Also within a sequence a control is done at once.
                actions.Execute(b);
                break;
            case var _ when b == 0x7F:
                break;
            case State.Escape:
                TakeEscape(b);
                break;
            case State.Control or State.ControlIgnored:
                TakeControl(b);
                break;
            default:
                actions.Print([b]);
                break;
        }
    }

    private void Begin() => (_state, _count, _prefix, _intermediate, _utf8Length) = (State.Escape, 0, 0, 0, 0);

    private void TakeEscape(byte b)
    {
        switch (b)
        {
            case >= 0x20 and <= 0x2F:
                _intermediate = b;
                break;
            case (byte)'[' when _intermediate == 0:
                _state = State.Control;
                _parameters[0] = -1;
                break;
            case (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' when _intermediate == 0:
                _state = State.Text;
                break;
            default:
                _state = State.Ground;
                actions.Escape(_intermediate, b);
                break;
        }
    }

    private void TakeControl(byte b)
    {
        switch (b)
        {
            case >= (byte)'0' and <= (byte)'9':
                var value = Math.Max(_parameters[_count], 0);
                _parameters[_count] = Math.Min((value * 10) + b - '0', MaxParameter);
                break;
            case (byte)';' or (byte)':':
                if (_count == MaxParameters - 1)
                {
                    _state = State.ControlIgnored;
                    break;
                }

                _parameters[++_count] = -1;
                break;
            case >= 0x3C and <= 0x3F:
                if (_count > 0 || _parameters[0] >= 0)
                {
                    _state = State.ControlIgnored;
                }

                _prefix = b;
                break;
            case >= 0x20 and <= 0x2F:
                _intermediate = b;
                break;
            case >= 0x40:
                var known = _state == State.Control;
                _state = State.Ground;
                if (known && b < 0x7F)
                {
                    actions.Control(_prefix, _intermediate, b, _parameters.AsSpan(0, _count + 1));
                }

                break;
        }
    }

    private void TakeUtf8(byte b)
    {
        if (_utf8Length > 0 && (b & 0xC0) != 0x80)
        {
            // What was begun is broken off; this byte begins anew.
            _utf8Length = 0;
            Take(b);
            return;
        }

        _utf8[_utf8Length++] = b;
        switch (Rune.DecodeFromUtf8(_utf8.AsSpan(0, _utf8Length), out var rune, out _))
        {
            case OperationStatus.NeedMoreData:
                break;
            case OperationStatus.Done:
                _utf8Length = 0;

                // C1 controls (U+0080–U+009F) come as ESC sequences over UTF-8; alone they show nothing.
                if (rune.Value >= 0xA0)
                {
                    actions.Print(rune);
                }

                break;
            default:
                // Broken bytes show nothing, as in the browser's terminal.
                _utf8Length = 0;
                break;
        }
    }
}
