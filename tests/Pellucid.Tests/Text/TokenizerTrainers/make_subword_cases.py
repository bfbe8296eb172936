"""Writes subword_nmt_cases.json: merges learned from a few lines, and the lines cut by them, with the conventions of subword-nmt 0.2.

A plain implementation of Sennrich et al. 2016, algorithm 1: all pairs are counted anew for every merge.
Run:  python3 make_subword_cases.py > subword_nmt_cases.json
"""
import collections
import json

LINES = [
    "low low low low low lower lower newest newest newest newest newest newest widest widest widest",
    "a banana ban anna , aaaa aaaaa baaab !",
    "el niño añora la niñez  y la niña  ríe . 中文 中文字 😀😀 \uff5e\uff5e",
]
UNSEEN = ["lowest bananas aaaaaaa", " the widest niño 中文 😀 x ", "", "   "]


def learn(lines, count, minimum=2):
    words = collections.Counter(word for line in lines for word in line.split(" ") if word)
    words = {tuple(word[:-1]) + (word[-1] + "</w>",): n for word, n in words.items()}
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < minimum:
            break
        merges.append(best)
        words = {merge(word, best): n for word, n in words.items()}
    return merges


def merge(word, pair):
    out, i = [], 0
    while i < len(word):
        if word[i:i + 2] == pair:
            out.append("".join(pair))
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def cut(word, merges):
    word = tuple(word[:-1]) + (word[-1] + "</w>",)
    while len(word) > 1:
        known = [pair for pair in zip(word, word[1:]) if pair in merges]
        if not known:
            break
        word = merge(word, min(known, key=merges.index))
    return "@@ ".join(word)[:-4]


def apply(line, merges):
    core = line.strip("\r\n ")
    head = len(line) - len(line.lstrip("\r\n ")) if core else len(line)
    return line[:head] + " ".join(cut(word, merges) for word in core.split(" ") if word) + (line[head + len(core):] if core else "")


merges = learn(LINES, 40)
print(json.dumps({"lines": LINES, "merges": [" ".join(pair) for pair in merges],
                  "applied": [[line, apply(line, merges)] for line in LINES + UNSEEN]}, indent=0))
