using System.Diagnostics;
using System.Text;

namespace Sallyport.Tests.Support;

/// <summary>What xev says of the input that it gets.</summary>
public sealed class InputLog
{
    private readonly StringBuilder _log = new();

    internal InputLog(Process xev)
    {
        xev.OutputDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        xev.BeginOutputReadLine();
    }

    public bool Contains(string what) => Count(what) > 0;

    public int Count(string what) => ToString().Split(what).Length - 1;

    public override string ToString()
    {
        lock (_log)
        {
            return _log.ToString();
        }
    }
}
