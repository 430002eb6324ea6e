using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal;
using Sallyport.Recording;

namespace Sallyport.Architecture.Tests;

/// <summary>
/// Numbers of messages and events stand once, in C#, and the client's are written from them. After a change of them:
/// <c>WRITE_CLIENT_MESSAGES=1 dotnet test tests/Architecture.Tests --filter ClientMessages</c>.
/// </summary>
public sealed class ClientMessagesTests
{
    private const string File = "portal/client/generated/messages.ts";

    [Fact]
    public void The_clients_numbers_are_those_of_gateway_and_recordings()
    {
        var expected = Write();
        if (Environment.GetEnvironmentVariable("WRITE_CLIENT_MESSAGES") is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Repository.Path(File))!);
            System.IO.File.WriteAllText(Repository.Path(File), expected);
        }

        Assert.Equal(expected, System.IO.File.ReadAllText(Repository.Path(File)));
    }

    [Fact]
    public void No_two_messages_have_one_number()
    {
        Assert.All([typeof(TerminalMessages), typeof(ScreenMessages)], protocol =>
        {
            var numbers = Numbers(typeof(SessionMessages)).Concat(Numbers(protocol)).Select(message => message.Number).ToList();
            Assert.Equal(numbers.Distinct(), numbers);
        });
    }

    private static string Write()
    {
        var text = new StringBuilder("// Written from the gateway's and the recording format's own numbers by ClientMessagesTests. Change them there, not here.\n");
        Add(text, "Common", "What every session's page shares: SessionMessages.", Numbers(typeof(SessionMessages)), hex: true);
        Add(text, "Terminal", "What only terminals have: TerminalMessages.", Numbers(typeof(TerminalMessages)), hex: true);
        Add(text, "Screen", "What only screens have: ScreenMessages.", Numbers(typeof(ScreenMessages)), hex: true);
        Add(text, "RecordingKind", "What an event of a recording is: RecordingEventKind.", Enum.GetValues<RecordingEventKind>().Select(kind => (kind.ToString(), (byte)kind)), hex: false);
        return text.ToString();
    }

    private static void Add(StringBuilder text, string name, string about, IEnumerable<(string Name, byte Number)> numbers, bool hex)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n/** {about} */\nexport const {name} = {{\n");
        foreach (var (member, number) in numbers.OrderBy(member => member.Number))
        {
            var written = hex ? $"0x{number:x2}" : number.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"  {JsonNamingPolicy.CamelCase.ConvertName(member)}: {written},\n");
        }

        text.Append("} as const;\n");
    }

    private static IEnumerable<(string Name, byte Number)> Numbers(Type messages) =>
        messages.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field is { IsLiteral: true } && field.FieldType == typeof(byte)).Select(field => (field.Name, (byte)field.GetRawConstantValue()!));
}
