using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tests.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Ops;

public sealed class KeyValueCacheTests
{
    private const int H = 2, K = 24;

    private static Tensor Step(int rows, ulong seed) => Tensor.From(Numbers.Normal(rows * H * K, seed), [rows, 1, H, K]);

    /// <summary>The same history kept as plain rows: what the cache must hold.</summary>
    private sealed class Plain(int rows)
    {
        private List<float[]>[] keys = Make(rows), values = Make(rows);

        public static List<float[]>[] Make(int rows) => [.. Enumerable.Range(0, rows).Select(_ => new List<float[]>())];

        public void Append(Tensor key, Tensor value)
        {
            for (int r = 0; r < keys.Length; r++)
            {
                keys[r].Add(key.Values.Slice(r * H * K, H * K).ToArray());
                values[r].Add(value.Values.Slice(r * H * K, H * K).ToArray());
            }
        }

        public void Select(int[] rows) => (keys, values) = ([.. rows.Select(r => keys[r].ToList())], [.. rows.Select(r => values[r].ToList())]);

        public Tensor Keys => Tensor.From([.. keys.SelectMany(row => row).SelectMany(x => x)], [keys.Length, keys[0].Count, H, K]);

        public Tensor Values => Tensor.From([.. values.SelectMany(row => row).SelectMany(x => x)], [values.Length, values[0].Count, H, K]);
    }

    [Fact]
    public void RowsThatContinueOthersAttendAsIfTheyHadCopiedThem()
    {
        var cache = new KeyValueCache(3, H, K);
        var plain = new Plain(3);
        int[][] parents = [[0, 1, 2], [2, 2, 0], [1, 0, 1, 2, 2], [4, 3, 2, 1, 0], [3, 1], [0, 0, 1, 1], [2]];
        int rows = 3;
        for (int t = 0; t < 70; t++)
        {
            Tensor key = Step(rows, (ulong)t), value = Step(rows, 1000 + (ulong)t), query = Step(rows, 2000 + (ulong)t);
            cache.Append(key, value);
            plain.Append(key, value);
            var wanted = query.Attention(plain.Keys, plain.Values, AttentionMask.CausalOnly);
            Numbers.SameBits(wanted.Values, query.Attention(cache).Values);
            var (keys, values) = cache.ToTensors();
            Numbers.SameBits(plain.Keys.Values, keys.Values);
            Numbers.SameBits(plain.Values.Values, values.Values);
            int[] next = t < 14 ? parents[t % 7].Select(r => r % rows).ToArray() : [.. Enumerable.Range(0, 4).Select(r => (r * t + t / 3) % rows)];
            cache.Select(next);
            plain.Select(next);
            rows = next.Length;
            Assert.Equal((rows, t + 1), (cache.Rows, cache.Length));
        }
    }

    [Fact]
    public void APaddingMaskFollowsTheSelectedRowsAndTheWeightsAreHandedOut()
    {
        int[] lengths = [5, 40, 17, 1];
        Tensor keys = Tensor.From(Numbers.Normal(4 * 40 * H * K, 1), [4, 40, H, K]), values = Tensor.From(Numbers.Normal(4 * 40 * H * K, 2), [4, 40, H, K]);
        using var cache = new KeyValueCache(4, H, K);
        cache.Append(keys, values);
        foreach (int[] rows in (int[][])[[0, 1, 2, 3], [1, 2, 3], [0, 2]])
        {
            cache.Select(rows);
            lengths = [.. rows.Select(row => lengths[row])];
            var query = Tensor.From(Numbers.Normal(rows.Length * 3 * H * K, 3), [rows.Length, 3, H, K]);
            var (plainKeys, plainValues) = cache.ToTensors();
            var wanted = query.AttentionWithWeights(plainKeys, plainValues, AttentionMask.Padding(lengths));
            var found = query.AttentionWithWeights(cache, AttentionMask.Padding(lengths));
            Numbers.SameBits(wanted.Context.Values, found.Context.Values);
            Numbers.SameBits(wanted.Weights.Values, found.Weights.Values);
            Numbers.SameBits(wanted.Context.Values, query.Attention(cache, AttentionMask.Padding(lengths)).Values);
        }
        Assert.Throws<ShapeException>(() => Step(2, 4).Attention(cache, AttentionMask.Padding([1, 2, 3])));
    }

    [Fact]
    public void SeveralPositionsMayFollowAReorderedPast()
    {
        var cache = new KeyValueCache(2, H, K);
        var plain = new Plain(2);
        for (int t = 0; t < 37; t++)
        {
            Tensor key = Step(2, (ulong)t), value = Step(2, 100 + (ulong)t);
            cache.Append(key, value);
            plain.Append(key, value);
            int[] next = t % 2 == 0 ? [1, 0] : [1, 1];
            cache.Select(next);
            plain.Select(next);
        }
        var query = Tensor.From(Numbers.Normal(2 * 5 * H * K, 7), [2, 5, H, K]);
        Numbers.SameBits(query.Attention(plain.Keys, plain.Values, AttentionMask.CausalOnly).Values, query.Attention(cache).Values);
    }

    [Fact]
    public void ARowThatIsNotThereCannotBeContinued()
    {
        var cache = new KeyValueCache(2, H, K);
        cache.Append(Step(2, 1), Step(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Select([0, 2]));
        Assert.Throws<ShapeException>(() => cache.Append(Step(3, 1), Step(3, 2)));
    }
}
