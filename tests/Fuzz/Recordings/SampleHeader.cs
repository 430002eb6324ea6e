using Sallyport.Recording;

namespace Sallyport.Fuzz.Recordings;

internal static class SampleHeader
{
    public static RecordingHeader Create(Guid sessionId) => new(
        sessionId,
        Guid.Parse("00000000-0000-4000-8000-000000000001"),
        new Party(Guid.Parse("00000000-0000-4000-8000-000000000002"), "Test technician"),
        new Party(Guid.Parse("00000000-0000-4000-8000-000000000003"), "Test plant"),
        new Party(Guid.Parse("00000000-0000-4000-8000-000000000004"), "Test asset"),
        new Party(Guid.Parse("00000000-0000-4000-8000-000000000005"), "ssh"),
        "ssh",
        new Party(Guid.Parse("00000000-0000-4000-8000-000000000006"), "test-gateway"),
        "test-gateway-key",
        "A test",
        null,
        null,
        DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch.AddHours(8));
}
