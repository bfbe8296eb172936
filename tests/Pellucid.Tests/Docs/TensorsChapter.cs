using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tests.Docs;

public sealed class TensorsChapter() : Chapter("docs/tour/01-tensors.md")
{
    [Fact]
    public void Runs()
    {
        #region 1
        var a = Tensor.From([1, 2, 3, 4, 5, 6], [2, 3]); // values, then the shape
        var b = Tensor.From([10, 20, 30], [3]);

        Console.WriteLine(a.Add(b)); // b is broadcast over the rows
        Console.WriteLine(string.Join(" ", a.Add(b).ToArray()));
        #endregion
        Shown(1);

        #region 2
        // Linear is x Wᵀ + b, with W stored as (out, in).
        var x = Tensor.From([1, 2], [1, 2]);
        var weight = Tensor.From([1, 0, 0, 1, 1, 1], [3, 2]);
        var bias = Tensor.From([0, 0, 10], [3]);
        Console.WriteLine(string.Join(" ", x.Linear(weight, bias).ToArray()));

        // The maximum is subtracted first: large numbers are no danger.
        Console.WriteLine(string.Join(" ", Tensor.From([1000, 999, -1000], [3]).Softmax().ToArray()));
        #endregion
        Shown(2);

        #region 3
        var query = Tensor.Zeros([2, 5, 4, 8]);
        var key = Tensor.Zeros([2, 7, 4, 6]);
        var d = Dims.Match(query, "B T H K"); // binds B, T, H, K
        Console.WriteLine($"{d['B']} sentences, {d['H']} heads");
        try
        {
            d.And(key, "B S H K"); // B, H and K are bound already and are checked
        }
        catch (ShapeException error)
        {
            Console.WriteLine(error.Message);
        }
        #endregion
        Shown(3);

        #region 4
        var rng = new Rng(seed: 1);
        Console.WriteLine(rng.Uniform(0) == new Rng(1).Uniform(0)); // a draw is a function of (key, index)
        Console.WriteLine(rng.Split("dropout").Uniform(0) == rng.Split("shuffle").Uniform(0));

        var ones = Tensor.Full(1, [8]);
        var key1 = rng.Split("dropout").Split(17); // the mask of step 17
        Console.WriteLine(string.Join(" ", ones.Dropout(0.5f, key1).ToArray()));
        Console.WriteLine(string.Join(" ", ones.Dropout(0.5f, key1).ToArray()));
        #endregion
        Shown(4);
    }
}
