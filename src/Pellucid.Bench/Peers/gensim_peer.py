"""gensim as a peer of `pellucid bench word2vec`: a task a line on stdin, its time a line on stdout, both JSON.

A task: {"kind": "word2vec", "threads": N, "seconds": S, "vocabulary": FILE, "text": FILE, "words": N, "sentences": N, and sizes}: the vocabulary is that of the first file,
a run is a pass over the second, as `Word2Vec.train(corpus_file=...)`. It runs until S seconds have passed, at least once.
An answer: {"seconds": per run, "peak_bytes": of the process} or {"error": "..."}. The model of the last task is kept for the next one like it.
"""
import json
import signal
import sys
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller, who closes stdin

try:
    import gensim
    from gensim.models import Word2Vec
except ImportError as missing:
    print(json.dumps({"missing": str(missing)}), flush=True)
    sys.exit(0)


def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def main():
    ready, model = None, None
    print(json.dumps({"version": gensim.__version__}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        threads, seconds, kind = task.pop("threads"), task.pop("seconds"), task.pop("kind")
        try:
            if kind != "word2vec":
                raise ValueError(f"{kind} is not known")
            if ready != task:
                ready, model = None, None
                model = Word2Vec(vector_size=task["width"], window=task["window"], negative=task["negative"], sg=task["skip_gram"], sample=1e-3, min_count=5, seed=1)
                model.build_vocab(corpus_file=task["vocabulary"])
                ready = task
            model.workers = threads
            runs, start, elapsed = 0, time.perf_counter(), 0.0
            while runs == 0 or elapsed < seconds:
                model.train(corpus_file=task["text"], total_words=task["words"], total_examples=task["sentences"], epochs=1, compute_loss=False)
                runs += 1
                elapsed = time.perf_counter() - start
            answer = {"seconds": elapsed / runs, "peak_bytes": peak_bytes()}
        except (RuntimeError, ValueError, KeyError, TypeError, OSError) as error:
            ready, model = None, None
            answer = {"error": (str(error) or type(error).__name__).splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
