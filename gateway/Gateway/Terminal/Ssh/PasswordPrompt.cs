using System.Text.RegularExpressions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>Tells a prompt for an account's password from those for anything else, by the words that SSH servers and PAM modules use.</summary>
internal static partial class PasswordPrompt
{
    public static bool Asks(string prompt) => Words().IsMatch(prompt) && !OtherWords().IsMatch(prompt);

    /// <summary>A password that the account is to have from now on: whoever answers would change what is stored here.</summary>
    public static bool AsksForNew(string prompt) => Words().IsMatch(prompt) && NewWords().IsMatch(prompt);

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    [GeneratedRegex("passwor[dt]|passwd|kennwort|mot de passe|contraseña|senha|parola|wachtwoord|lösenord|hasło|heslo|пароль|密码|密碼|パスワード|암호", Options)]
    private static partial Regex Words();

    [GeneratedRegex("""\b(new|retype|repeat|again|change|expired|neue?s?|wiederholen)\b""", Options)]
    private static partial Regex NewWords();

    [GeneratedRegex("""\b(new|retype|repeat|again|change|expired|neue?s?|wiederholen|one[- ]?time|otp|code|token|pin|passcode|verification|second|factor|einmal)""", Options)]
    private static partial Regex OtherWords();
}
