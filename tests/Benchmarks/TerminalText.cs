using System.Globalization;
using System.Text;

namespace Sallyport.Benchmarks;

/// <summary>What terminals show, made from a random seed so that every run sees the same.</summary>
internal static class TerminalText
{
    private static readonly string[] Levels = ["INFO ", "INFO ", "INFO ", "DEBUG", "WARN "];

    private static readonly string[] Messages =
    [
        "pump {0} speed {1} rpm, flow {2} l/min", "valve V{0:000} moved to {1} % in {2} ms", "batch {1}: step {0} done after {2} s",
        "read {1} registers from unit {0} in {2} ms", "tank {0} level {1} mm, temperature {2} °C", "reconnected to controller {0} after {1} tries, {2} ms",
    ];

    /// <summary>A service's log without end, about 90 bytes a line.</summary>
    public static IEnumerable<byte[]> LogLines(Random random)
    {
        var at = new DateTime(2025, 3, 1, 6, 0, 0, DateTimeKind.Utc);
        while (true)
        {
            at = at.AddMilliseconds(random.Next(1, 900));
            var message = string.Format(CultureInfo.InvariantCulture, Messages[random.Next(Messages.Length)], random.Next(1, 40), random.Next(1, 3000), random.Next(1, 900));
            yield return Encoding.UTF8.GetBytes($"{at:yyyy-MM-dd HH:mm:ss.fff} {Levels[random.Next(Levels.Length)]} [{random.Next(1, 17):00}] Line{random.Next(1, 9)}.Control: {message}\r\n");
        }
    }

    /// <summary>A full-screen program that redraws 24 lines of 80 columns, as <c>top</c> does: numbers change, names mostly stay.</summary>
    public static IEnumerable<byte[]> Redraws(Random random)
    {
        var names = Enumerable.Range(0, 17).Select(i => $"{(i % 3 == 0 ? "root" : "scada"),-8} {random.Next(300, 9000),6}").ToArray();
        for (var uptime = 1000; ; uptime += 2)
        {
            var screen = new StringBuilder("\u001b[H\u001b[m");
            screen.Append(CultureInfo.InvariantCulture, $"top - up {uptime / 60,5} min,  1 user,  load average: {random.NextDouble():0.00}, {random.NextDouble():0.00}, 0.31\u001b[K\r\n");
            screen.Append(CultureInfo.InvariantCulture, $"%Cpu(s):\u001b[1m {random.Next(1, 60),4}.{random.Next(10)}\u001b[m us,\u001b[1m {random.Next(1, 20),4}.{random.Next(10)}\u001b[m sy, {random.Next(20, 99),4}.{random.Next(10)} id\u001b[K\r\n");
            screen.Append("\u001b[7m    USER      PID  %CPU  %MEM     TIME+ COMMAND\u001b[m\u001b[K\r\n");
            foreach (var name in names)
            {
                screen.Append(CultureInfo.InvariantCulture, $"\u001b[m    {name} {random.Next(0, 40),4}.{random.Next(10)} {random.Next(0, 9),4}.{random.Next(10)} {random.Next(0, 99),6}:{random.Next(60):00}.{random.Next(100):00} line-control\u001b[m\u001b[K\r\n");
            }

            yield return Encoding.UTF8.GetBytes(screen.Append("\u001b[J").ToString());
        }
    }
}
