using System.Text;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors;

/// <summary>
/// Randomness as an argument: a 64-bit key names an endless stream of numbers and every draw is a pure function of
/// (key, index), so results depend neither on the order of calls nor on threads, and a resumed run draws what an
/// uninterrupted one would have. Streams for different purposes come from <see cref="Split(string)"/>.
/// Philox4x32-10 (Salmon et al. 2011, section 3.2).
/// </summary>
public readonly record struct Rng
{
    // The third counter word keeps the three uses of one key apart; 0 is the stream of 32-bit words.
    private const uint WideDomain = 1, SplitDomain = 2, SeedDomain = 3;

    private Rng(ulong key, bool _) => Key = key;

    public Rng(ulong seed) => Key = Join(Philox.Block((uint)seed, (uint)(seed >> 32), SeedDomain, 0, 0, 0));

    /// <summary>Everything there is to save.</summary>
    public ulong Key { get; }

    /// <summary>The generator whose <see cref="Key"/> was saved.</summary>
    public static Rng FromKey(ulong key) => new(key, default);

    /// <summary>An independent stream numbered <paramref name="stream"/>: a step, a layer, a sentence.</summary>
    public Rng Split(ulong stream) => new(Join(Philox.Block((uint)stream, (uint)(stream >> 32), SplitDomain, 0, (uint)Key, (uint)(Key >> 32))), default);

    /// <summary>An independent stream for a named purpose ("dropout", "shuffle"); the name is hashed by FNV-1a over UTF-8.</summary>
    public Rng Split(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ulong hash = 0xCBF29CE484222325;
        Span<byte> bytes = name.Length <= 64 ? stackalloc byte[256] : new byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
        foreach (byte b in bytes[..Encoding.UTF8.GetBytes(name, bytes)]) hash = (hash ^ b) * 0x100000001B3;
        // The fourth counter word keeps names and numbers apart.
        return new(Join(Philox.Block((uint)hash, (uint)(hash >> 32), SplitDomain, 1, (uint)Key, (uint)(Key >> 32))), default);
    }

    /// <summary>32 random bits.</summary>
    public uint UInt32(ulong index) => Philox.Word(Key, index);

    /// <summary>words[i] = <see cref="UInt32"/>(start + i), sixteen blocks at a time.</summary>
    public void Fill(ulong start, Span<uint> words) => Philox.Fill(Key, start, words);

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float Uniform(ulong index) => (UInt32(index) >> 8) * (1f / (1 << 24));

    /// <summary>y[i] = low + (high - low)·<see cref="Uniform"/>(start + i).</summary>
    public void FillUniform(ulong start, Span<float> y, float low = 0, float high = 1)
    {
        Span<uint> words = stackalloc uint[1024];
        for (int i = 0; i < y.Length; i += words.Length)
        {
            int n = Math.Min(words.Length, y.Length - i);
            Fill(start + (ulong)i, words[..n]);
            for (int j = 0; j < n; j++) y[i + j] = MathF.FusedMultiplyAdd(high - low, (words[j] >> 8) * (1f / (1 << 24)), low);
        }
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double UniformDouble(ulong index) => Unit(Wide(index).A);

    /// <summary>Standard normal (Box and Muller 1958), computed in double.</summary>
    public double Normal(ulong index)
    {
        var (a, b) = Wide(index);
        return Math.Sqrt(-2 * Math.Log(1 - Unit(a))) * Math.Cos(2 * Math.PI * Unit(b));
    }

    /// <summary>y[i] = mean + deviation·<see cref="Normal"/>(start + i).</summary>
    public void FillNormal(ulong start, Span<float> y, float mean = 0, float deviation = 1)
    {
        for (int i = 0; i < y.Length; i++) y[i] = (float)(mean + deviation * Normal(start + (ulong)i));
    }

    /// <summary>Uniform in 0 .. n-1 by multiplication and shift; the bias is below n / 2^64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n is not positive.</exception>
    public int Below(int n, ulong index)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return (int)Math.BigMul(Wide(index).A, (ulong)n, out _);
    }

    /// <summary>Fisher and Yates' shuffle: every order equally likely, the same for the same key.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1, (ulong)i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private (ulong A, ulong B) Wide(ulong index)
    {
        var x = Philox.Block((uint)index, (uint)(index >> 32), WideDomain, 0, (uint)Key, (uint)(Key >> 32));
        return (x.X0 | (ulong)x.X1 << 32, x.X2 | (ulong)x.X3 << 32);
    }

    private static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1ul << 53));

    private static ulong Join((uint X0, uint X1, uint X2, uint X3) x) => x.X0 | (ulong)x.X1 << 32;
}
