using Sallyport.Recording;

namespace Sallyport.Gateway.Terminal;

/// <summary>
/// Decides what of the input may be read in the recording: only what the far side echoed. Typed text waits until the
/// next output begins with it (escape sequences aside); what is not echoed within half a second, or when other output
/// comes, is recorded as a count. So a password is never written; text that a full-screen program shows elsewhere on
/// its screen may be masked too, and is in the output anyway. Control characters hold no secret and pass.
/// </summary>
internal sealed class InputMasker
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly List<byte> _waiting = [];
    private TimeSpan _since;

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

            Wait(input[start..i], now);

            // An escape sequence is one key, such as an arrow; the letters in it are no text.
            var end = input.Span[i] == 0x1B ? i + EscapeLength(input.Span[i..]) : i + 1;
            foreach (var entry in Settle())
            {
                yield return entry;
            }

            yield return (RecordingEventKind.Input, input[i..end].ToArray());
            i = end - 1;
            start = end;
        }

        Wait(input[start..], now);
    }

    /// <summary>Output came: what it echoes is recorded as typed, before it.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Printed(ReadOnlyMemory<byte> output)
    {
        if (_waiting.Count == 0)
        {
            yield break;
        }

        var matched = 0;
        for (var i = 0; i < output.Length && matched < _waiting.Count; i++)
        {
            var b = output.Span[i];
            if (b == 0x1B)
            {
                i += EscapeLength(output.Span[i..]) - 1;
            }
            else if (!IsControl(b))
            {
                if (b != _waiting[matched])
                {
                    break;
                }

                matched++;
            }
        }

        if (matched > 0)
        {
            yield return (RecordingEventKind.Input, [.. _waiting[..matched]]);
            _waiting.RemoveRange(0, matched);
        }
    }

    /// <summary>What has waited too long for its echo.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Expired(TimeSpan now) => now - _since > Patience ? Settle() : [];

    /// <summary>Gives up waiting: what was not echoed is masked.</summary>
    public IEnumerable<(RecordingEventKind Kind, byte[] Payload)> Settle()
    {
        if (_waiting.Count > 0)
        {
            var count = BitConverter.GetBytes((uint)_waiting.Count);
            _waiting.Clear();
            yield return (RecordingEventKind.MaskedInput, count);
        }
    }

    private static bool IsControl(byte b) => b is < 0x20 or 0x7F;

    // CSI and SS3 sequences (ECMA-48); a lone ESC is one byte.
    private static int EscapeLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[1] is not ((byte)'[' or (byte)'O' or (byte)']'))
        {
            return Math.Min(bytes.Length, bytes.Length > 1 && bytes[1] is >= 0x20 and < 0x30 ? 3 : 2);
        }

        for (var i = 2; i < bytes.Length; i++)
        {
            if (bytes[1] == (byte)']' ? bytes[i] is 0x07 : bytes[i] is >= 0x40 and <= 0x7E)
            {
                return i + 1;
            }
        }

        return bytes.Length;
    }

    private void Wait(ReadOnlyMemory<byte> text, TimeSpan now)
    {
        if (text.Length > 0)
        {
            _waiting.AddRange(text.Span);
            _since = now;
        }
    }
}
