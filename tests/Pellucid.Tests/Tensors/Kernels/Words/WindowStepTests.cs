using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels.Words;

public sealed unsafe class WindowStepTests
{
    private const int Rows = 23, Batch = 12;
    private const float Rate = 0.1f;

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
        foreach (var batch in windows.Chunk(Batch)) WindowNaive.Run(kind, batch, Rate, wantInput, wantTarget, width);
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
    [InlineData("SkipGram", 4022341437592362339UL)]
    [InlineData("MeanOfWords", 7041522254248529505UL)]
    public void TheBitsAreTheSameOnEveryMachine(string kindName, ulong want)
    {
        var (input, target) = (Some.Tensor([Rows, 100], 1).ToArray(), Some.Tensor([Rows, 100], 2).ToArray());
        Step(Enum.Parse<WindowKind>(kindName), Windows(40, inputs: 10, targets: 6), 100, 6, input, target);
        ulong hash = 0xCBF29CE484222325;
        foreach (float value in input.Concat(target)) hash = (hash ^ (uint)BitConverter.SingleToInt32Bits(value)) * 0x100000001B3;
        Assert.Equal(want, hash);
    }

    /// <summary>Windows of every number of inputs from none to the most, and of targets from one to the most; words around repeat within and between windows, targets between them.</summary>
    private static List<WindowNaive.Window> Windows(int count, int inputs, int targets)
    {
        var rng = new Rng(5).Split("windows");
        ulong draw = 0;
        var windows = new List<WindowNaive.Window>();
        for (int w = 0; w < count; w++)
        {
            int[] around = [.. Enumerable.Range(0, w % (inputs + 1)).Select(_ => rng.Below(Rows, draw++))];
            int first = rng.Below(Rows, draw++);
            int[] answers = [.. Enumerable.Range(0, around.Length == 0 ? 0 : 1 + w % targets).Select(i => (first + i) % Rows)];
            windows.Add(new WindowNaive.Window(around, answers, [.. answers.Select((_, i) => i % 3 == 0 ? 1f : 0f)], [.. answers.Select((_, i) => i % 3 == 0 ? 1f : 0.25f * (1 + i % 2))]));
        }
        return windows;
    }

    private static void Step(WindowKind kind, List<WindowNaive.Window> windows, int width, int targets, float[] input, float[] target)
    {
        WindowMatrix rows = Matrix(input, width), answers = Matrix(target, width);
        new WindowStep(kind, rows, answers, Batch, 10, targets).Run(windows.Count, new Given { Windows = windows }, Rate);
        foreach (var (matrix, values) in ((WindowMatrix, float[])[])[(rows, input), (answers, target)])
        {
            for (int row = 0; row < Rows; row++) matrix.CopyRow(row, values.AsSpan(row * width, width));
            for (int block = 0; block < matrix.Blocks; block++)
                Assert.True(new Span<float>(matrix.Pointers[block] + Rows * matrix.Stride(block), matrix.Stride(block)).IndexOfAnyExcept(0f) < 0, "the row of zeros stays so");
            int last = matrix.Blocks - 1, beyond = WindowMatrix.Starts(width)[^1] - width;
            for (int row = 0; row < Rows; row++)
                Assert.True(new Span<float>(matrix.Pointers[last] + (row + 1) * matrix.Stride(last) - beyond, beyond).IndexOfAnyExcept(0f) < 0, "what is beyond the width of a row stays zero");
        }
    }

    private static WindowMatrix Matrix(float[] values, int width)
    {
        var matrix = new WindowMatrix(Rows, width);
        for (int row = 0; row < Rows; row++) matrix.SetRow(row, values.AsSpan(row * width, width));
        return matrix;
    }

    private struct Given : IWindowSource
    {
        public List<WindowNaive.Window> Windows;

        public readonly void Fill(int first, int start, int end, in WindowBatch.Pointers batch)
        {
            for (int w = start; w < end; w++)
            {
                var window = Windows[first + w];
                batch.InputCounts[w] = window.Inputs.Length;
                for (int i = 0; i < window.Inputs.Length; i++) batch.Inputs[w * batch.MaxInputs + i] = window.Inputs[i];
                int offset = w * batch.MaxTargets;
                for (int i = 0; i < window.Targets.Length; i++)
                    (batch.Targets[offset + i], batch.Labels[offset + i], batch.Weights[offset + i]) = (window.Targets[i], window.Labels[i], window.Weights[i]);
                batch.TargetBlocks[w] = WindowWords.EndTargets(window.Targets.Length, Rows, batch, offset);
            }
        }
    }
}
