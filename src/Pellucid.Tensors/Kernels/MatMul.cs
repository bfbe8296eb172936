using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>Whether an operand is used as stored or transposed.</summary>
internal enum Transpose
{
    No,
    Yes,
}

/// <summary>
/// Matrix multiply, float32, row-major. The formula, with the order of its additions, is <see cref="MatMulNaive"/>: it
/// depends on K alone, so neither the number of threads, nor the vector width, nor the other rows and columns, nor
/// packing, nor trailing zeros along K change a bit of an element. C must not overlap A or B.
/// </summary>
internal static unsafe class MatMul
{
    /// <summary>Products along K are summed in blocks of this many; part of the promised order of additions.</summary>
    public const int DepthBlock = 256;

    /// <summary>
    /// C[M,N] = op(A)[M,K] . op(B)[K,N] (+ C when accumulating) (+ bias[N] when not empty).
    /// lda, ldb, ldc are the row strides of the stored matrices, in floats.
    /// </summary>
    /// <exception cref="ArgumentException">A size is negative, a stride shorter than a row, or a span shorter than its matrix.</exception>
    public static void Multiply(
        Transpose ta, Transpose tb, int m, int n, int k,
        ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc,
        bool accumulate, ReadOnlySpan<float> bias = default) =>
        Multiply(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate, new Epilogue { Bias = bias });

    /// <summary>The same, ending as <paramref name="epilogue"/> says.</summary>
    /// <exception cref="ArgumentException">As above, or a span of the epilogue does not fit C.</exception>
    public static void Multiply(
        Transpose ta, Transpose tb, int m, int n, int k,
        ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc,
        bool accumulate, Epilogue epilogue)
    {
        Check(nameof(a), ta, m, k, a.Length, lda);
        Check(nameof(b), tb, k, n, b.Length, ldb);
        Check(nameof(c), Transpose.No, m, n, c.Length, ldc);
        epilogue.Check(m, n);
        fixed (float* pa = a, pb = b, pc = c, pbias = epilogue.Bias, before = epilogue.BeforeFunction)
        {
            Run(new MatMulOperands
            {
                TransposeA = ta, TransposeB = tb, M = m, N = n, K = k,
                A = pa, StrideA = lda, B = pb, StrideB = ldb, C = pc, StrideC = ldc,
                Accumulate = accumulate, Bias = pbias,
                Function = epilogue.Function, Before = before, StrideBefore = epilogue.BeforeFunctionStride,
            });
        }
    }

    /// <summary>C[M,N] = A[M,K] . B[K,N] (+ C) (+ bias) with B packed beforehand; the same bits as with B plain.</summary>
    public static void Multiply(
        int m, ReadOnlySpan<float> a, int lda, PackedMatrix b, Span<float> c, int ldc,
        bool accumulate, ReadOnlySpan<float> bias = default) =>
        Multiply(m, a, lda, b, c, ldc, accumulate, new Epilogue { Bias = bias });

    /// <summary>The same, ending as <paramref name="epilogue"/> says.</summary>
    public static void Multiply(
        int m, ReadOnlySpan<float> a, int lda, PackedMatrix b, Span<float> c, int ldc, bool accumulate, Epilogue epilogue)
    {
        Check(nameof(a), Transpose.No, m, b.K, a.Length, lda);
        Check(nameof(c), Transpose.No, m, b.N, c.Length, ldc);
        epilogue.Check(m, b.N);
        fixed (float* pa = a, pc = c, pbias = epilogue.Bias, before = epilogue.BeforeFunction)
        {
            Run(new MatMulOperands
            {
                M = m, N = b.N, K = b.K, A = pa, StrideA = lda, PackedB = b.Panels, C = pc, StrideC = ldc,
                Accumulate = accumulate, Bias = pbias,
                Function = epilogue.Function, Before = before, StrideBefore = epilogue.BeforeFunctionStride,
            });
        }

        GC.KeepAlive(b);
    }

    /// <summary>
    /// <paramref name="batch"/> products of one shape; item i of an operand begins strideX * i floats after its start.
    /// A stride of 0 shares A or B among all items.
    /// </summary>
    /// <exception cref="ArgumentException">As for one product, or items of C overlap.</exception>
    public static void MultiplyBatched(
        int batch, Transpose ta, Transpose tb, int m, int n, int k,
        ReadOnlySpan<float> a, int lda, int strideA, ReadOnlySpan<float> b, int ldb, int strideB,
        Span<float> c, int ldc, int strideC, bool accumulate, ReadOnlySpan<float> bias = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        if (batch == 0)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(strideA);
        ArgumentOutOfRangeException.ThrowIfNegative(strideB);
        ArgumentOutOfRangeException.ThrowIfNegative(strideC);
        if (batch > 1 && strideC < (m - 1L) * ldc + n)
        {
            throw new ArgumentException($"strideC is {strideC}, but one [{m}, {n}] item with row stride {ldc} spans {(m - 1L) * ldc + n}: items would overlap.", nameof(strideC));
        }

        // Rows that follow each other without a gap and share B are the rows of one larger product.
        if (strideB == 0 && ta == Transpose.No && strideA == (long)m * lda && strideC == (long)m * ldc && (long)batch * m <= int.MaxValue)
        {
            Multiply(ta, tb, batch * m, n, k, a, lda, b, ldb, c, ldc, accumulate, bias);
            return;
        }

        Check(nameof(a), ta, m, k, a.Length - (batch - 1L) * strideA, lda);
        Check(nameof(b), tb, k, n, b.Length - (batch - 1L) * strideB, ldb);
        Check(nameof(c), Transpose.No, m, n, c.Length - (batch - 1L) * strideC, ldc);
        new Epilogue { Bias = bias }.Check(m, n);
        fixed (float* pa = a, pb = b, pc = c, pbias = bias)
        {
            var work = new BatchWork
            {
                Batch = batch, StrideA = strideA, StrideB = strideB, StrideC = strideC,
                First = new MatMulOperands
                {
                    TransposeA = ta, TransposeB = tb, M = m, N = n, K = k,
                    A = pa, StrideA = lda, B = pb, StrideB = ldb, C = pc, StrideC = ldc,
                    Accumulate = accumulate, Bias = pbias,
                },
            };
            RunBatch(work, 2L * m * n * k);
        }
    }

    /// <summary>Columns of a packed panel, which lies as [K][columns].</summary>
    internal static int PanelColumns =>
        HasLanes512 ? MatMulTile<Lanes512, Vector512<float>>.Columns
        : HasLanes256 ? MatMulTile<Lanes256, Vector256<float>>.Columns
        : HasLanes128 ? MatMulTile<Lanes128, Vector128<float>>.Columns
        : MatMulTile<LanesScalar, float>.Columns;

    internal static long PackedLength(int k, int n) =>
        HasLanes512 ? MatMulBlocks<Lanes512, Vector512<float>>.PackedLength(k, n)
        : HasLanes256 ? MatMulBlocks<Lanes256, Vector256<float>>.PackedLength(k, n)
        : HasLanes128 ? MatMulBlocks<Lanes128, Vector128<float>>.PackedLength(k, n)
        : MatMulBlocks<LanesScalar, float>.PackedLength(k, n);

    internal static void Pack(in MatMulOperands p, float* packed)
    {
        if (HasLanes512)
        {
            MatMulBlocks<Lanes512, Vector512<float>>.PackAll(p, packed);
        }
        else if (HasLanes256)
        {
            MatMulBlocks<Lanes256, Vector256<float>>.PackAll(p, packed);
        }
        else if (HasLanes128)
        {
            MatMulBlocks<Lanes128, Vector128<float>>.PackAll(p, packed);
        }
        else
        {
            MatMulBlocks<LanesScalar, float>.PackAll(p, packed);
        }
    }

    /// <summary>The stored matrix of op(X)[rows, columns] must fit its span; a stored row must fit its stride.</summary>
    internal static void Check(string name, Transpose transpose, int rows, int columns, long length, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        var (storedRows, storedColumns) = transpose == Transpose.No ? (rows, columns) : (columns, rows);
        if (storedRows == 0 || storedColumns == 0)
        {
            return;
        }

        if (stride < storedColumns)
        {
            throw new ArgumentException($"The row stride of {name} is {stride}, shorter than its rows of {storedColumns}.", name);
        }

        var needed = (storedRows - 1L) * stride + storedColumns;
        if (length < needed)
        {
            throw new ArgumentException($"{name} holds {length} floats, but [{storedRows}, {storedColumns}] with row stride {stride} needs {needed}.", name);
        }
    }

    internal static bool HasLanes512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    internal static bool HasLanes256 => Avx2.IsSupported && Fma.IsSupported;

    internal static bool HasLanes128 => Fma.IsSupported || AdvSimd.IsSupported;

    /// <summary>C[m,n] = A[m,k] . B (+ bias) with panels of B in scratch memory, laid out as <see cref="PackedMatrix"/> does; trusted.</summary>
    internal static void MultiplyPanels(int m, int n, int k, float* a, nint lda, float* panels, float* c, nint ldc, float* bias) =>
        Run(new MatMulOperands { M = m, N = n, K = k, A = a, StrideA = lda, PackedB = panels, C = c, StrideC = ldc, Bias = bias });

    private static void Run(in MatMulOperands p)
    {
        if (p.M == 0 || p.N == 0)
        {
            return;
        }

        if (p.K == 0)
        {
            FillWithoutProducts(p);
        }
        else if (HasLanes512)
        {
            MatMulBlocks<Lanes512, Vector512<float>>.Multiply(p);
        }
        else if (HasLanes256)
        {
            MatMulBlocks<Lanes256, Vector256<float>>.Multiply(p);
        }
        else if (HasLanes128)
        {
            MatMulBlocks<Lanes128, Vector128<float>>.Multiply(p);
        }
        else
        {
            MatMulBlocks<LanesScalar, float>.Multiply(p);
        }
    }

    /// <summary>K = 0: an empty sum is zero.</summary>
    private static void FillWithoutProducts(in MatMulOperands p)
    {
        for (var i = 0; i < p.M; i++)
        {
            var row = p.C + i * p.StrideC;
            for (var j = 0; j < p.N; j++)
            {
                var sum = p.Accumulate ? row[j] : 0;
                row[j] = p.Bias != null ? sum + p.Bias[j] : sum;
            }
        }

        MatMulEpilogue.Apply(p, 0, 0, p.M, p.N);
    }

    private static void RunBatch(BatchWork work, long flopsPerItem)
    {
        const long ChunkFlops = 200_000;
        var items = (int)Math.Clamp(ChunkFlops / Math.Max(1, flopsPerItem), 1, work.Batch);
        if (work.Batch / items >= 2 * WorkerPool.Threads)
        {
            work.PerChunk = items;
            WorkerPool.Run((work.Batch + items - 1) / items, work);
        }
        else
        {
            // Few items: each is cut into tiles by itself.
            work.PerChunk = work.Batch;
            work.Run(0);
        }
    }

    private struct BatchWork : IWork
    {
        public MatMulOperands First;
        public int Batch;
        public int PerChunk;
        public nint StrideA;
        public nint StrideB;
        public nint StrideC;

        public readonly void Run(int chunk)
        {
            var end = Math.Min(Batch, (chunk + 1) * PerChunk);
            var item = First;
            for (var i = chunk * PerChunk; i < end; i++)
            {
                item.A = First.A + i * StrideA;
                item.B = First.B + i * StrideB;
                item.C = First.C + i * StrideC;
                MatMul.Run(item);
            }
        }
    }
}
