using System.Globalization;

namespace Sallyport.Benchmarks;

/// <summary>Times of many repetitions, in milliseconds.</summary>
internal sealed class Sample
{
    private readonly List<double> _values = [];
    private bool _sorted;

    public double Median => At(0.5);

    public double P99 => At(0.99);

    public void Add(TimeSpan value) => Add(value.TotalMilliseconds);

    public void Add(double milliseconds)
    {
        _values.Add(milliseconds);
        _sorted = false;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.00} / {P99:0.00} ms");

    // Nearest rank.
    private double At(double part)
    {
        if (!_sorted)
        {
            _values.Sort();
            _sorted = true;
        }

        return _values[Math.Clamp((int)Math.Ceiling(part * _values.Count) - 1, 0, _values.Count - 1)];
    }
}
