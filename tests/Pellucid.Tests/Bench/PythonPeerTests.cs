using System.Globalization;
using Pellucid.Bench.Peers;
using Pellucid.Bench.Workloads;
using Pellucid.Tests.Text;

namespace Pellucid.Tests.Bench;

/// <summary>The scripts that ask PyTorch and gensim, where they are installed.</summary>
public sealed class PythonPeerTests
{
    private static readonly string[] Tasks =
    [
        "gemm m=8 n=16 k=24 ta=1 tb=0",
        "attention batch=2 length=8 width=16 heads=2 backward=1",
        "train width=8 heads=2 hidden=16 layers=1 vocabulary=20 batch=2 source=3 target=5",
    ];

    [Fact]
    public void EveryTaskHasATime()
    {
        IReadOnlyList<PythonPeer> peers;
        try
        {
            peers = PythonPeer.StartTorch(null, TestContext.Current.CancellationToken);
        }
        catch (PeerException missing)
        {
            Assert.Skip(missing.Message);
            return;
        }

        try
        {
            foreach (string task in Tasks)
            {
                string[] words = task.Split(' ');
                var sizes = words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture));
                var time = peers[0].Measure(new(words[0], sizes), 1, TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
                Assert.InRange(time.Seconds, 1e-7, 60);
            }

            Assert.Throws<PeerException>(() => peers[0].Measure(new("gemm", new Dictionary<string, int> { ["m"] = 8 }), 1, TimeSpan.Zero, TestContext.Current.CancellationToken));
        }
        finally
        {
            foreach (var peer in peers) peer.Dispose();
        }
    }

    [Fact]
    public void SentencePieceTrainsAndEncodes()
    {
        using var folder = new TemporaryFolder();
        using var text = new LineText(folder.File("text", string.Concat(Enumerable.Range(0, 300).Select(i => $"word{i % 7} of{i % 11} some{i % 5} text\n"))), 1);
        IReadOnlyList<PythonPeer> peers;
        try
        {
            peers = PythonPeer.StartSentencePiece(null, TestContext.Current.CancellationToken);
        }
        catch (PeerException missing)
        {
            Assert.Skip(missing.Message);
            return;
        }

        using var peer = peers.Single();
        foreach (string shape in Tokenizing.Names)
        {
            using var work = new Tokenizing(shape, text);
            work.Prepare();
            if (work.Peer is { } task) Assert.InRange(peer.Measure(task, 2, TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken).Seconds, 1e-7, 60);
        }
    }

    [Fact]
    public void GensimLearnsBothModels()
    {
        IReadOnlyList<PythonPeer> peers;
        try
        {
            peers = PythonPeer.StartGensim(null, TestContext.Current.CancellationToken);
        }
        catch (PeerException missing)
        {
            Assert.Skip(missing.Message);
            return;
        }

        using var peer = peers.Single();
        using var text = new WordText(null, 2000);
        foreach (string shape in WordLearning.Names)
        {
            using var work = new WordLearning(shape, text);
            work.Prepare();
            Assert.InRange(peer.Measure(work.Peer, 2, TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken).Seconds, 1e-6, 60);
        }
    }
}
