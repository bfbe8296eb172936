using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>y = x Wᵀ + b</c> over the last axis. Shapes: x <c>[..., I]</c>, weight <c>[O, I]</c> as in PyTorch checkpoints, bias <c>[O]</c> or none, result <c>[..., O]</c>.
    /// </summary>
    /// <remarks>A <see cref="Parameter"/> that is packed is used in that form, unless gradients are recorded.</remarks>
    /// <exception cref="ShapeException">The inner lengths differ.</exception>
    public static Tensor Linear(this Tensor x, Tensor weight, Tensor? bias = null)
    {
        Op op = weight is Parameter { Packed: { } packed } && Recorder.Current is not { RecordsGradients: true } ? new PackedLinearOp(packed, bias is not null) : new LinearOp();
        return bias is null ? op.Apply(x, weight) : op.Apply(x, weight, bias);
    }
}

/// <summary>y = x Wᵀ + b. dx = dy W, dW = dyᵀ x, db = Σ_rows dy.</summary>
internal sealed class LinearOp : Op
{
    public override string Name => "linear";

    internal override bool ReadsOutput => false;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (x, weight) = (inputs[0], inputs[1]);
        var dims = Dims.Match(x, "... I").And(weight, "O I");
        if (inputs.Length > 2)
            dims.And(inputs[2], "O", "bias");
        int rows = x.Shape.Rows, i = dims['I'], o = dims['O'];
        var y = Tensor.Allocate(x.Shape.With(x.Shape.Rank - 1, o));
        Kernels.MatMul.Multiply(Transpose.No, Transpose.Yes, rows, o, i, x.Data, i, weight.Data, i, y.Data, o, accumulate: false,
            inputs.Length > 2 ? inputs[2].Data : default);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        Products(d, d.Gradient);
        if (d.InputCount > 2 && d.Wants(2))
            ColumnSums.AddInto(d.Gradient, d.Input(0).Shape.Rows, d.Input(1).Shape[0], d.IntoSum(2));
    }

    /// <summary>dx = dy W and dW = dyᵀ x.</summary>
    internal static void Products(Derivative d, ReadOnlySpan<float> dy)
    {
        var (x, weight) = (d.Input(0), d.Input(1));
        int rows = x.Shape.Rows, i = weight.Shape[1], o = weight.Shape[0];
        if (d.Wants(0))
        {
            var dx = d.Into(0, out bool accumulate);
            Kernels.MatMul.Multiply(Transpose.No, Transpose.No, rows, i, o, dy, o, weight.Data, i, dx, i, accumulate);
        }
        if (d.Wants(1))
        {
            var dw = d.Into(1, out bool accumulate);
            Kernels.MatMul.Multiply(Transpose.Yes, Transpose.No, o, i, rows, dy, o, x.Data, i, dw, i, accumulate);
        }
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (x, weight) = (inputs[0], inputs[1]);
        int rows = x.Shape.Rows, n = weight.Shape[1], o = weight.Shape[0];
        var y = Twin.Zeros(x.Shape.With(x.Shape.Rank - 1, o));
        for (int r = 0; r < rows; r++)
            for (int j = 0; j < o; j++)
            {
                double sum = inputs.Length > 2 ? inputs[2].Values[j] : 0;
                for (int k = 0; k < n; k++)
                    sum += x.Values[r * n + k] * weight.Values[j * n + k];
                y.Values[r * o + j] = sum;
            }
        return y;
    }
}
