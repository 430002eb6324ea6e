using System.Security.Cryptography;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;

namespace Sallyport.Gateway.Tests.Sessions;

public sealed class TicketTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly Guid Gateway = Guid.NewGuid();

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void A_fresh_ticket_for_this_gateway_is_taken() => Assert.Null(Check(Signed(), Now).Fault);

    [Fact]
    public void A_ticket_for_another_gateway_is_foreign() => Assert.Equal(TicketFault.Foreign, Check(Signed(aud: Guid.NewGuid()), Now).Fault);

    [Fact]
    public void A_ticket_expires_after_30_seconds() => Assert.Equal(TicketFault.Expired, Check(Signed(), Now.AddSeconds(36)).Fault);

    [Fact]
    public void A_ticket_from_the_future_is_not_taken() => Assert.Equal(TicketFault.NotYetValid, Check(Signed(), Now.AddSeconds(-10)).Fault);

    [Fact]
    public void Any_altered_character_makes_it_invalid()
    {
        var ticket = Signed();
        for (var i = 0; i < ticket.Length; i++)
        {
            var altered = ticket.ToCharArray();
            altered[i] = altered[i] == 'A' ? 'B' : 'A';

            // The last character of a part may carry bits that base64url ignores; then the bytes are the same.
            var check = Check(new string(altered), Now);
            Assert.True(check.Fault is not null || IsLastOfPart(ticket, i), $"character {i}");
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("RS256")]
    public void Another_algorithm_is_not_taken(string algorithm)
    {
        var parts = Signed().Split('.');
        var header = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"{{Ticket.Type}}","kid":"k"}"""));

        Assert.Equal(TicketFault.Invalid, Check($"{header}.{parts[1]}.{parts[2]}", Now).Fault);
    }

    [Fact]
    public void Another_kind_of_token_is_no_ticket()
    {
        var token = CompactJws.Sign(Claims(Gateway), "sallyport-link+jwt", "k", _key);

        Assert.Equal(TicketFault.Invalid, Check(token, Now).Fault);
    }

    public void Dispose() => _key.Dispose();

    private static bool IsLastOfPart(string ticket, int i) => i == ticket.Length - 1 || ticket[i + 1] == '.';

    private static Ticket Claims(Guid aud) => new("jti", aud, Guid.NewGuid(), Now.ToUnixTimeSeconds(), Now.ToUnixTimeSeconds() + 30, Now.ToUnixTimeSeconds() + 3600);

    private string Signed(Guid? aud = null) => Claims(aud ?? Gateway).Sign("k", _key);

    private TicketCheck Check(string token, DateTimeOffset now) => Ticket.Check(token, Gateway, now, kid => kid == "k" ? _key : null);
}
