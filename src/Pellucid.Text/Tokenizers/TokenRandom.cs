namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Numbers that are a function of a seed and a counter only (SplitMix64: Steele, Lea and Flood 2014, figure 15),
/// so that a segmentation drawn from one seed is the same on any thread and after a resume.
/// </summary>
internal struct TokenRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in [0, 1).</summary>
    public double NextUnit()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1L << 53));
    }
}
