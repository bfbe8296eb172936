using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors;

public sealed class PackedWeightTests
{
    private static readonly int[] Sizes = [1, 7, 16, 17, 63, 64, 65, 257];

    [Fact]
    public void InFloat32APackedWeightGivesTheBitsOfThePlainOne()
    {
        foreach (int o in Sizes)
            foreach (int i in Sizes)
            {
                var weight = Some.Tensor([o, i]);
                var packed = PackedWeight.Pack(weight, Precision.Float32);
                Assert.Equal((o, i), (packed.Outputs, packed.Inputs));
                Assert.Equal(Some.Bits(weight), Some.Bits(packed.ToTensor()));
                foreach (int rows in (int[])[1, 5, 33])
                {
                    var (x, bias) = (Some.Tensor([rows, i], 2), Some.Tensor([o], 3));
                    Assert.Equal(Some.Bits(x.Linear(weight, bias)), Some.Bits(x.Linear(packed, bias)));
                    Assert.Equal(Some.Bits(x.Linear(weight)), Some.Bits(x.Linear(packed)));
                }
            }
    }

    [Fact]
    public void APackedParameterIsUsedInferredFromAndStillReadable()
    {
        var (plain, parameter) = (Parameter.From(Some.Tensor([13, 22]).Values, [13, 22]), Parameter.From(Some.Tensor([13, 22]).Values, [13, 22]));
        var x = Some.Tensor([3, 22], 2);
        parameter.Pack(Precision.Float32);
        Assert.False(parameter.Storage.HoldsValues);
        Assert.Equal(Some.Bits(x.Linear(plain)), Some.Bits(x.Linear(parameter)));
        Assert.Equal(Some.Bits(plain.Embed(Some.Ids([2, 5], 13), 3)), Some.Bits(parameter.Embed(Some.Ids([2, 5], 13), 3)));
        Assert.False(parameter.Storage.HoldsValues);
        Assert.Equal(Some.Bits(plain), Some.Bits(parameter));
        Assert.NotNull(parameter.Packed);
    }

    [Fact]
    public void AChangedParameterIsNoLongerPacked()
    {
        var parameter = Parameter.From(Some.Tensor([13, 22]).Values, [13, 22]);
        parameter.Pack(Precision.Float32);
        parameter.Assign(Some.Tensor([13, 22], 9).Values);
        Assert.Null(parameter.Packed);
        Assert.Equal(Some.Bits(Some.Tensor([3, 22]).Linear(Some.Tensor([13, 22], 9))), Some.Bits(Some.Tensor([3, 22]).Linear(parameter)));
    }

    [Fact]
    public void GradientsReachAPackedParameter()
    {
        var (plain, parameter) = (Parameter.From(Some.Tensor([13, 22]).Values, [13, 22]), Parameter.From(Some.Tensor([13, 22]).Values, [13, 22]));
        parameter.Pack(Precision.Float32);
        foreach (var weight in (Parameter[])[plain, parameter])
        {
            using var recorder = Recorder.Begin(gradients: true);
            recorder.Backward(Some.Tensor([3, 22]).Linear(weight).Sum(1).Sum(0));
        }
        Assert.Equal(Some.Bits(plain.Gradient), Some.Bits(parameter.Gradient));
    }

    [Fact]
    public void TwoThreadsMayUnpackAtOnce()
    {
        var expected = Some.Tensor([257, 65]);
        for (int round = 0; round < 20; round++)
        {
            var parameter = Parameter.From(expected.Values, [257, 65]);
            parameter.Pack(Precision.Float32);
            Parallel.For(0, 4, _ => Assert.Equal(Some.Bits(expected), Some.Bits(parameter)));
        }
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ShapeException>(() => PackedWeight.Pack(Some.Tensor([3]), Precision.Float32));
        var packed = PackedWeight.Pack(Some.Tensor([13, 22]), Precision.Float32);
        Assert.Throws<ShapeException>(() => Some.Tensor([3, 21]).Linear(packed));
        Assert.Throws<ShapeException>(() => Some.Tensor([3, 22]).Linear(packed, Some.Tensor([12])));
        Assert.Throws<ShapeException>(() => Some.Tensor([3, 22]).Linear(packed, Some.Tensor([13, 1])));
        Assert.Contains("cannot fill", Assert.Throws<ShapeException>(() => Parameter.Zero([22, 13]).Hold(packed)).Message);
        using var recorder = Recorder.Begin(gradients: true);
        var watched = recorder.Watch(Some.Tensor([3, 22]));
        var loss = watched.Linear(packed).Sum(1).Sum(0);
        Assert.Contains("no derivative", Assert.Throws<InvalidOperationException>(() => recorder.Backward(loss)).Message);
    }
}
