"""Check the phrasebook: well-formed lines, and nothing in common with the dev set.

Usage: python3 check_phrasebook.py DEV.tsv [PHRASEBOOK.tsv]

Exits 1 when a line is malformed, an English sentence repeats, or either side of a
pair also stands in the dev set; a dev score would then measure memory, not skill.
"""

import sys
import unicodedata
from pathlib import Path

FINAL_PUNCTUATION = " .!?\u2026"
OPENING_PUNCTUATION = "\u00bf\u00a1 "


def key(sentence):
    """The form in which two sentences count as the same: case, spacing and end marks aside."""
    folded = " ".join(unicodedata.normalize("NFC", sentence).casefold().split())
    return folded.rstrip(FINAL_PUNCTUATION).lstrip(OPENING_PUNCTUATION)


def pairs(path):
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").split("\n"), 1):
        if line:
            yield number, line


def flaws(line):
    """What is wrong with the shape of one line."""
    sides = line.split("\t")
    if len(sides) != 2:
        yield f"{len(sides)} columns, expected 2"
        return
    english, spanish = sides
    for name, side in (("English", english), ("Spanish", spanish)):
        if not key(side):
            yield f"the {name} side is empty"
        if side != " ".join(side.split()):
            yield f"stray white space on the {name} side"
        if side != unicodedata.normalize("NFC", side):
            yield f"the {name} side is not in NFC"
        if side and side[-1] not in ".!?":
            yield f"the {name} side has no final mark"
    if english and spanish and english[-1] != spanish[-1]:
        yield "the two sides end with different marks"
    for opening, closing in (("\u00bf", "?"), ("\u00a1", "!")):
        if spanish.count(opening) != spanish.count(closing):
            yield f"unbalanced {opening} {closing}"
        if opening in english:
            yield f"{opening} on the English side"


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    phrasebook = arguments[1] if len(arguments) == 2 else Path(__file__).with_name("phrasebook.tsv")

    dev_english, dev_spanish = set(), set()
    for _, line in pairs(arguments[0]):
        english, _, spanish = line.partition("\t")
        dev_english.add(key(english))
        dev_spanish.add(key(spanish))

    total, problems, first_seen = 0, [], {}
    for number, line in pairs(phrasebook):
        total += 1
        problems += [(number, flaw) for flaw in flaws(line)]
        english, _, spanish = line.partition("\t")
        earlier = first_seen.setdefault(key(english) + english[-1:], number)
        if earlier != number:
            problems.append((number, f"the English side repeats line {earlier}"))
        if key(english) in dev_english:
            problems.append((number, "the English side stands in the dev set"))
        if key(spanish) in dev_spanish:
            problems.append((number, "the Spanish side stands in the dev set"))

    for number, problem in problems:
        print(f"{phrasebook}:{number}: {problem}", file=sys.stderr)
    print(f"{total} pairs, {len(problems)} problems, {len(dev_english)} dev sentences")
    return 1 if problems or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
