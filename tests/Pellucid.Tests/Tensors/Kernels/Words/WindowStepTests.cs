using System.Runtime.CompilerServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels.Words;

public sealed unsafe class WindowStepTests
{
    private const int Rows = 23;
    private const float Rate = 0.5f;

    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (var kind in Enum.GetNames<WindowKind>())
            foreach (int width in (int[])[1, 7, 8, 9, 16, 17, 24, 63, 64, 65, 100, 257])
                foreach (int targets in (int[])[1, 6, 8, 9, 21]) cases.Add(kind, width, targets);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void AStepIsThatOfTheNaiveTwin(string kindName, int width, int targets)
    {
        var kind = Enum.Parse<WindowKind>(kindName);
        var windows = Windows(40, inputs: 10, targets);
        var (input, target) = (Some.Tensor([Rows, width], 1).ToArray(), Some.Tensor([Rows, width], 2).ToArray());
        double[] wantInput = [.. input.Select(x => (double)x)], wantTarget = [.. target.Select(x => (double)x)];
        Step(kind, windows, width, targets, input, target);
        WindowNaive.Run(kind, windows, Rate, wantInput, wantTarget, width);
        double scale = Math.Max(wantInput.Max(Math.Abs), wantTarget.Max(Math.Abs));
        for (int i = 0; i < input.Length; i++)
        {
            Assert.Equal(wantInput[i], input[i], 3e-6 * scale);
            Assert.Equal(wantTarget[i], target[i], 3e-6 * scale);
        }
    }

    [Theory]
    [InlineData("SkipGram")]
    [InlineData("MeanOfWords")]
    [InlineData("SumOfWords")]
    public void AnyNumberOfThreadsGivesTheSameBits(string kindName)
    {
        var kind = Enum.Parse<WindowKind>(kindName);
        var windows = Windows(200, inputs: 10, targets: 6);
        int[][] bits = [.. new[] { 1, 2, 3, 8 }.Select(threads =>
        {
            int before = Threading.Count;
            try
            {
                Threading.Count = threads;
                var (input, target) = (Some.Tensor([Rows, 100], 1).ToArray(), Some.Tensor([Rows, 100], 2).ToArray());
                Step(kind, windows, 100, 6, input, target);
                return (int[])[.. input.Concat(target).Select(BitConverter.SingleToInt32Bits)];
            }
            finally
            {
                Threading.Count = before;
            }
        })];
        Assert.All(bits, other => Assert.Equal(bits[0], other));
    }

    [Theory]
    [InlineData("SkipGram", 2902322736667145897UL)]
    [InlineData("MeanOfWords", 13181228274195965337UL)]
    public void TheBitsAreTheSameOnEveryMachine(string kindName, ulong want)
    {
        var (input, target) = (Some.Tensor([Rows, 100], 1).ToArray(), Some.Tensor([Rows, 100], 2).ToArray());
        Step(Enum.Parse<WindowKind>(kindName), Windows(40, inputs: 10, targets: 6), 100, 6, input, target);
        ulong hash = 0xCBF29CE484222325;
        foreach (float value in input.Concat(target)) hash = (hash ^ (uint)BitConverter.SingleToInt32Bits(value)) * 0x100000001B3;
        Assert.Equal(want, hash);
    }

    /// <summary>Windows of every number of inputs from none to the most, and of targets from one to the most; words repeat within and between windows.</summary>
    private static List<WindowNaive.Window> Windows(int count, int inputs, int targets)
    {
        var rng = new Rng(5).Split("windows");
        ulong draw = 0;
        var windows = new List<WindowNaive.Window>();
        for (int w = 0; w < count; w++)
        {
            int[] around = [.. Enumerable.Range(0, w % (inputs + 1)).Select(_ => rng.Below(Rows, draw++))];
            int[] answers = [.. Enumerable.Range(0, around.Length == 0 ? 0 : 1 + w % targets).Select(_ => rng.Below(Rows, draw++))];
            windows.Add(new WindowNaive.Window(around, answers, [.. answers.Select((_, i) => i % 3 == 0 ? 1f : 0f)]));
        }
        return windows;
    }

    private static void Step(WindowKind kind, List<WindowNaive.Window> windows, int width, int targets, float[] input, float[] target)
    {
        var batch = new WindowBatch(kind, windows.Count, 10, targets, width);
        var (rows, answers) = (Padded(input, width, batch.Stride), Padded(target, width, batch.Stride));
        WindowStep.Run(batch, windows.Count, new Given { Windows = windows }, Rate, At(rows), At(answers));
        for (int row = 0; row < Rows; row++)
        {
            rows.AsSpan(row * batch.Stride, width).CopyTo(input.AsSpan(row * width));
            answers.AsSpan(row * batch.Stride, width).CopyTo(target.AsSpan(row * width));
            Assert.True(rows.AsSpan(row * batch.Stride + width, batch.Stride - width).IndexOfAnyExcept(0f) < 0, "what is beyond the width of a row stays zero");
        }
    }

    private static float[] Padded(float[] values, int width, int stride)
    {
        float[] padded = GC.AllocateArray<float>(Rows * stride, pinned: true);
        for (int row = 0; row < Rows; row++) values.AsSpan(row * width, width).CopyTo(padded.AsSpan(row * stride));
        return padded;
    }

    private static float* At(float[] pinned) => (float*)Unsafe.AsPointer(ref pinned[0]);

    private struct Given : IWindowSource
    {
        public List<WindowNaive.Window> Windows;

        public readonly void Fill(int start, int end, in WindowBatch.Pointers batch)
        {
            for (int w = start; w < end; w++)
            {
                var window = Windows[w];
                (batch.InputCounts[w], batch.TargetCounts[w]) = (window.Inputs.Length, window.Targets.Length);
                for (int i = 0; i < window.Inputs.Length; i++) batch.Inputs[w * batch.MaxInputs + i] = window.Inputs[i];
                for (int i = 0; i < window.Targets.Length; i++)
                    (batch.Targets[w * batch.MaxTargets + i], batch.Labels[w * batch.MaxTargets + i]) = (window.Targets[i], window.Labels[i]);
            }
        }
    }
}
