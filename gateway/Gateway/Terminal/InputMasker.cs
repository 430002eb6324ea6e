using Sallyport.Recording;

namespace Sallyport.Gateway.Terminal;

/// <summary>
/// Decides what of the input may be read in the recording: only what the far side echoed. Typed text waits until the
/// next output begins with it (escape sequences aside); what is not echoed within half a second, or before the line's end
/// is, is recorded as a count. So a password is never written; text that a full-screen program shows elsewhere on its
/// screen may be masked too, and is in the output anyway. Control characters hold no secret and pass, in their order.
/// </summary>
internal sealed class InputMasker
{
    private static readonly TimeSpan EchoTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] PasteEnd = "\x1b[201~"u8.ToArray();

    // Text that waits for its echo, and the keys behind it that wait for their turn: Enter is sent before the echo of the
    // last letters is here, and so is the end of a paste.
    private readonly Queue<Typing> _waiting = new();
    private TimeSpan _since;

    // After a recorded Enter its own line end comes back before the next line's echo.
    private bool _lineEndExpected;

    /// <summary>New input; gives what can be recorded of it at once.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Typed(ReadOnlyMemory<byte> input, TimeSpan now)
    {
        var start = 0;
        for (var i = 0; i < input.Length; i++)
        {
            if (!IsControl(input.Span[i]))
            {
                continue;
            }

            Wait(input[start..i], isKey: false, now);

            // An escape sequence is one key, such as an arrow; the letters in it are no text.
            var end = input.Span[i] == 0x1B ? i + EscapeLength(input.Span[i..]) : i + 1;
            var key = input[i..end];
            if (_waiting.Count > 0 && (IsLineEnd(key.Span[0]) || key.Span.SequenceEqual(PasteEnd)))
            {
                Wait(key, isKey: true, now);
            }
            else
            {
                foreach (var entry in Settle())
                {
                    yield return entry;
                }

                yield return Pass(key.ToArray());
            }

            i = end - 1;
            start = end;
        }

        Wait(input[start..], isKey: false, now);
    }

    /// <summary>Output came: what it echoes is recorded as typed, before it.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Printed(ReadOnlyMemory<byte> output)
    {
        for (var i = 0; i < output.Length && (_waiting.Count > 0 || _lineEndExpected); i++)
        {
            var b = output.Span[i];
            if (b == '\n')
            {
                // The line ended without an echo of what was typed in it: a password.
                foreach (var entry in _lineEndExpected || !EndIsTyped ? [] : SettleLine())
                {
                    yield return entry;
                }

                _lineEndExpected = false;
            }
            else if (b == 0x1B)
            {
                i += EscapeLength(output.Span[i..]) - 1;
            }
            else if (!IsControl(b))
            {
                if (!_waiting.TryPeek(out var typing) || b != typing.Bytes[typing.Echoed])
                {
                    _lineEndExpected = false;
                    if (EndIsTyped)
                    {
                        // What answers a secret may begin as the secret does: of a line that was sent, all is an echo or nothing.
                        _waiting.Peek().Echoed = 0;
                    }

                    break;
                }

                typing.Echoed++;
                foreach (var entry in TakeEchoed())
                {
                    yield return entry;
                }
            }
        }

        if (!EndIsTyped && _waiting.TryPeek(out var begun) && begun.Echoed > 0)
        {
            yield return (RecordingEventKind.Input, begun.TakeEchoed());
        }
    }

    /// <summary>What has waited too long for its echo.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Expired(TimeSpan now) => now - _since > EchoTimeout ? Settle() : [];

    /// <summary>Gives up waiting: what was not echoed is masked.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Settle()
    {
        while (_waiting.Count > 0)
        {
            yield return Give(_waiting.Dequeue());
        }
    }

    private bool EndIsTyped => _waiting.Any(typing => typing.IsKey);

    // To the end of the line that is typed.
    private IEnumerable<(RecordingEventKind Kind, byte[] Payload)> SettleLine()
    {
        while (_waiting.TryDequeue(out var typing))
        {
            yield return Give(typing);
            if (typing.IsKey && IsLineEnd(typing.Bytes[0]))
            {
                yield break;
            }
        }
    }

    // Text that is echoed whole, and the keys behind it.
    private IEnumerable<(RecordingEventKind Kind, byte[] Payload)> TakeEchoed()
    {
        if (_waiting.Peek().Echoed < _waiting.Peek().Bytes.Count)
        {
            yield break;
        }

        yield return (RecordingEventKind.Input, _waiting.Dequeue().TakeEchoed());
        while (_waiting.TryPeek(out var next) && next.IsKey)
        {
            yield return Give(_waiting.Dequeue());
        }
    }

    private (RecordingEventKind Kind, byte[] Payload) Give(Typing typing) =>
        typing.IsKey ? Pass([.. typing.Bytes]) : (RecordingEventKind.MaskedInput, BitConverter.GetBytes((uint)typing.Bytes.Count));

    private (RecordingEventKind Kind, byte[] Payload) Pass(byte[] key)
    {
        _lineEndExpected |= IsLineEnd(key[0]);
        return (RecordingEventKind.Input, key);
    }

    private static bool IsControl(byte b) => b is < 0x20 or 0x7F;

    private static bool IsLineEnd(byte b) => b is (byte)'\r' or (byte)'\n';

    // CSI, SS3, OSC and DCS sequences (ECMA-48); a lone ESC is one byte.
    private static int EscapeLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[1] is not ((byte)'[' or (byte)'O' or (byte)']' or (byte)'P'))
        {
            return Math.Min(bytes.Length, bytes.Length > 1 && bytes[1] is >= 0x20 and < 0x30 ? 3 : 2);
        }

        var isString = bytes[1] is (byte)']' or (byte)'P';
        for (var i = 2; i < bytes.Length; i++)
        {
            // A string ends with BEL or ST, the others with a final byte.
            if (isString ? bytes[i] == 0x07 || (bytes[i] == '\\' && bytes[i - 1] == 0x1B) : bytes[i] is >= 0x40 and <= 0x7E)
            {
                return i + 1;
            }
        }

        return bytes.Length;
    }

    private void Wait(ReadOnlyMemory<byte> bytes, bool isKey, TimeSpan now)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        if (!isKey && _waiting.LastOrDefault() is { IsKey: false } last)
        {
            last.Bytes.AddRange(bytes.Span);
        }
        else
        {
            _waiting.Enqueue(new Typing(isKey, bytes.Span));
        }

        _since = now;
    }

    private sealed class Typing(bool isKey, ReadOnlySpan<byte> bytes)
    {
        public bool IsKey { get; } = isKey;

        public List<byte> Bytes { get; } = [.. bytes];

        public int Echoed { get; set; }

        public byte[] TakeEchoed()
        {
            byte[] echoed = [.. Bytes[..Echoed]];
            Bytes.RemoveRange(0, Echoed);
            Echoed = 0;
            return echoed;
        }
    }
}
