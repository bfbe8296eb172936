"""SentencePiece's programs as a peer of `pellucid bench tokenizer`: a task a line on stdin, its time a line on stdout, both JSON.

A task: {"kind": "train" or "encode", "threads": N, "seconds": S, "text": FILE, "flags": of spm_train, "pieces": N}. A run of train is `spm_train` on the text with
so many threads; a run of encode is `spm_encode` of the text with a model that was trained on it before anything is timed, which uses one thread; the time that
it takes with an empty text (its start, and reading the model) is taken off. Runs go on until S seconds have passed, at least one.
An answer: {"seconds": per run, "peak_bytes": of the largest process} or {"error": "..."}. Models are kept for the next task like it.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller, who closes stdin

for program in ("spm_train", "spm_encode"):
    if shutil.which(program) is None:
        print(json.dumps({"missing": f"there is no {program}"}), flush=True)
        sys.exit(0)


def call(command, stdin):
    """Seconds."""
    start = time.perf_counter()
    with open(stdin, "rb") as text:
        subprocess.run(command, stdin=text, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - start


def train(task, threads, prefix):
    return call(["spm_train", f"--input={task['text']}", f"--model_prefix={prefix}", f"--vocab_size={task['pieces']}", f"--num_threads={threads}", *task["flags"].split(),
                 "--hard_vocab_limit=false", "--max_sentence_length=16777216", "--minloglevel=2"], os.devnull)


def main(folder):
    models = {}
    version = subprocess.run(["spm_encode", "--version"], capture_output=True, text=True).stdout.split()
    print(json.dumps({"version": version[-1] if version else "of unknown version"}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        threads, seconds, kind = task.pop("threads"), task.pop("seconds"), task.pop("kind")
        try:
            if kind not in ("train", "encode"):
                raise ValueError(f"{kind} is not known")
            key = json.dumps(task, sort_keys=True)
            if kind == "encode" and key not in models:
                prefix = os.path.join(folder, f"model{len(models)}")
                train(task, os.cpu_count() or 1, prefix)
                command = ["spm_encode", f"--model={prefix}.model", "--output_format=id"]
                models[key] = command, min(call(command, os.devnull) for _ in range(3))
            total, runs = 0.0, 0
            while runs == 0 or total < seconds:
                if kind == "train":
                    total += train(task, threads, os.path.join(folder, "timed"))
                else:
                    command, start = models[key]
                    total += max(call(command, task["text"]) - start, 1e-6)
                runs += 1
            answer = {"seconds": total / runs, "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024}
        except subprocess.CalledProcessError as error:
            answer = {"error": (error.stderr.decode(errors="replace").strip() or str(error)).splitlines()[-1]}
        except (ValueError, KeyError, TypeError, OSError) as error:
            answer = {"error": (str(error) or type(error).__name__).splitlines()[0]}
        print(json.dumps(answer), flush=True)


with tempfile.TemporaryDirectory() as made:
    main(made)
