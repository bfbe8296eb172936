"""PyTorch as a peer of `pellucid bench`: a task a line on stdin, its time a line on stdout, both JSON.

A task: {"kind": "gemm" | "attention" | "train", "threads": N, "seconds": S, and its sizes}. It runs until S seconds have passed, at least once.
An answer: {"seconds": per run, "peak_bytes": of the process} or {"error": "..."}. The operands of the last task are kept for the next one like it.
"""
import json
import math
import signal
import sys
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller, who closes stdin

try:
    import torch
    from torch import nn
except ImportError as missing:
    print(json.dumps({"missing": str(missing)}), flush=True)
    sys.exit(0)


def gemm(m, n, k, ta, tb):
    a = torch.rand(k, m).t() if ta else torch.rand(m, k)
    b = torch.rand(n, k).t() if tb else torch.rand(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


def attention(batch, length, width, heads, backward):
    """Softmax of scaled scores times values, forward or forward and backward."""
    q, k, v = (torch.rand(batch, heads, length, width // heads, requires_grad=bool(backward)) for _ in range(3))
    upstream = torch.rand(q.shape)
    scale = 1 / math.sqrt(width // heads)

    def run():
        context = torch.softmax(q @ k.transpose(-2, -1) * scale, -1) @ v
        if backward:
            q.grad = k.grad = v.grad = None
            context.backward(upstream)

    return run


def train(width, heads, hidden, layers, vocabulary, batch, source, target):
    """A step of nn.Transformer: one embedding for source, target and output, dropout 0.1, label smoothing 0.1, clipping, Adam."""
    embedding = nn.Embedding(vocabulary, width)
    nn.init.normal_(embedding.weight, std=width ** -0.5)
    body = nn.Transformer(width, heads, layers, layers, hidden, dropout=0.1, batch_first=True)
    parameters = [*embedding.parameters(), *body.parameters()]
    adam = torch.optim.Adam(parameters, lr=1e-4)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    future = nn.Transformer.generate_square_subsequent_mask(target)
    reads = torch.randint(3, vocabulary, (batch, source))
    writes = torch.randint(3, vocabulary, (batch, target + 1))

    def run():
        adam.zero_grad()
        states = body(embedding(reads) * width ** 0.5, embedding(writes[:, :-1]) * width ** 0.5, tgt_mask=future)
        logits = nn.functional.linear(states, embedding.weight)
        criterion(logits.flatten(0, 1), writes[:, 1:].flatten()).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()

    return run


def forget_peak():
    """Lets the peak begin anew (Linux, proc(5)): it belongs to one task."""
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError:
        pass


def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def main():
    makers = {"gemm": gemm, "attention": attention, "train": train}
    ready, run = None, None
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        threads, seconds, kind = task.pop("threads"), task.pop("seconds"), task.pop("kind")
        try:
            torch.set_num_threads(threads)
            if ready != (kind, task):
                ready, run = None, None  # frees the last operands first
                forget_peak()
                torch.manual_seed(0)
                ready, run = (kind, task), makers[kind](**task)
                run()
            runs, start, elapsed = 0, time.perf_counter(), 0.0
            while runs == 0 or elapsed < seconds:
                run()
                runs += 1
                elapsed = time.perf_counter() - start
            answer = {"seconds": elapsed / runs, "peak_bytes": peak_bytes()}
        except (RuntimeError, TypeError) as error:
            ready, run = None, None
            answer = {"error": str(error).splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
