using System.Threading.Channels;

namespace Sallyport.Portal.Tests;

/// <summary>What the portal does again and again.</summary>
public sealed class PeriodicServiceTests
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    [Fact]
    public async Task What_fails_is_logged_and_done_again_at_the_next_time()
    {
        await using var service = new Counting(TimeSpan.FromMilliseconds(1), atStart: false, failures: 2);

        for (var time = 1; time <= 3; time++)
        {
            Assert.Equal(time, await service.NextAsync());
        }

        Assert.Equal(["1", "2"], service.Failures);
    }

    [Fact]
    public async Task It_is_done_at_the_start_where_it_is_to_be_and_at_once_when_it_is_hurried()
    {
        await using var service = new Counting(Never, atStart: true, failures: 1);

        Assert.Equal(1, await service.NextAsync());
        service.Now();
        Assert.Equal(2, await service.NextAsync());
    }

    [Fact]
    public async Task Without_a_reason_it_waits_for_its_time_and_it_stops_with_the_portal()
    {
        await using var service = new Counting(Never, atStart: false, failures: 0);
        service.Now();

        Assert.Equal(1, await service.NextAsync());
        await service.StopAsync(CancellationToken.None);

        Assert.True(service.ExecuteTask!.IsCanceled);
        Assert.False(service.HasMore);
    }

    private sealed class Counting : PeriodicService, IAsyncDisposable
    {
        private readonly Channel<int> _done = Channel.CreateUnbounded<int>();
        private readonly int _failures;
        private int _count;

        public Counting(TimeSpan interval, bool atStart, int failures)
            : base(interval, TimeProvider.System, atStart)
        {
            _failures = failures;
            _ = StartAsync(CancellationToken.None);
        }

        public List<string> Failures { get; } = [];

        public bool HasMore => _done.Reader.TryPeek(out _);

        public void Now() => Hurry();

        public Task<int> NextAsync() => _done.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public async ValueTask DisposeAsync()
        {
            await StopAsync(CancellationToken.None);
            Dispose();
        }

        protected override Task RunOnceAsync(CancellationToken cancellationToken)
        {
            if (++_count > _failures)
            {
                _done.Writer.TryWrite(_count);
                return Task.CompletedTask;
            }

            throw new InvalidOperationException($"{_count}");
        }

        protected override void LogFailure(Exception exception)
        {
            Failures.Add(exception.Message);
            _done.Writer.TryWrite(int.Parse(exception.Message, System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
