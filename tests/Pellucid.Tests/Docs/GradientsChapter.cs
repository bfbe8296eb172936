using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Docs;

public sealed class GradientsChapter() : Chapter("docs/tour/02-gradients.md")
{
    [Fact]
    public void Runs()
    {
        #region 1
        // loss = Σ (w x)², so d loss / d w = Σ 2 w x² = 2 · 3 · (1 + 4)
        var w = Parameter.From([3], [1]);
        var x = Tensor.From([1, 2], [2]);
        using (var recorder = Recorder.Begin(gradients: true))
        {
            var y = w.Multiply(x);
            recorder.Backward(y.Multiply(y).Sum(0));
        }
        Console.WriteLine(w.Gradient.Item());
        #endregion
        Shown(1);

        #region 2
        Tensor forgotten, kept;
        using (var recorder = Recorder.Begin())
        {
            forgotten = x.Scale(2);
            kept = recorder.Keep(x.Scale(3));
        }
        Console.WriteLine(string.Join(" ", kept.ToArray()));
        try
        {
            forgotten.ToArray();
        }
        catch (ObjectDisposedException)
        {
            Console.WriteLine("its memory is in use again");
        }
        #endregion
        Shown(2);

        Shown(3); // the class below

        #region 4
        using (var recorder = Recorder.Begin(gradients: false, new OpLog(Console.WriteLine)))
        {
            using (Recorder.Enter("decoder"))
            {
                using (Recorder.Enter("self_attention"))
                    Tensor.Zeros([1, 2, 1, 4]).Attention(Tensor.Zeros([1, 2, 1, 4]), Tensor.Zeros([1, 2, 1, 4]), AttentionMask.CausalOnly);
            }
        }
        #endregion
        Shown(4);

        #region 5
        try
        {
            using var recorder = Recorder.Begin(gradients: false, new FiniteCheck());
            using var scope = Recorder.Enter("feed_forward");
            Tensor.Full(float.MaxValue, [3]).Scale(2);
        }
        catch (NotFiniteException error)
        {
            Console.WriteLine(error.Message);
        }
        #endregion
        Shown(5);
    }
}

#region 3
internal sealed class OpLog(Action<object?> write) : IRecorderObserver
{
    public bool WantsIntermediates => true;

    public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        write($"{recorder.Path}: {op.Name} -> {output.Shape}");
        foreach (var (name, value) in op.Intermediates)
            write($"  {name} {value.Shape}: {string.Join(" ", value.ToArray())}");
    }
}
#endregion
