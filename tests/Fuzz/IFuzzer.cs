namespace Sallyport.Fuzz;

/// <summary>Gives one part of the program input that its worst peer could have made.</summary>
internal interface IFuzzer
{
    int Steps { get; }

    string Summary { get; }

    /// <summary>One input. Null: it was taken as it should be.</summary>
    ValueTask<FuzzFinding?> StepAsync();
}

/// <param name="What">What should not have happened, with which part.</param>
internal sealed record FuzzFinding(string What, byte[] Input);
