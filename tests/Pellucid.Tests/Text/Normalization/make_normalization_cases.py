"""Writes normalization_cases.json: what Python's unicodedata makes of texts full of hard characters, and one hash a form over all assigned characters.

Run:  python3.13 make_normalization_cases.py > normalization_cases.json      (Python 3.13 has Unicode 15.1.0)
"""
import hashlib
import json
import random
import unicodedata

FORMS = ["NFC", "NFD", "NFKC", "NFKD"]
random.seed(7)
codes = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
decomposing = [code for code in codes if unicodedata.decomposition(chr(code))]
marks = [code for code in codes if unicodedata.combining(chr(code))]
hangul = list(range(0x1100, 0x1113)) + list(range(0x1161, 0x1176)) + list(range(0x11A7, 0x11C3)) + [0xAC00, 0xAC01, 0xD7A3, 0xC138]
plain = [ord(c) for c in "aeioucnAEIO (.1ñé中"]


def draw():
    parts = []
    for _ in range(random.randint(1, 9)):
        pool = random.choice([decomposing, marks, marks, hangul, plain, plain])
        parts.append(chr(random.choice(pool)))
    return "".join(parts)


cases = [[text] + [unicodedata.normalize(form, text) for form in FORMS] for text in (draw() for _ in range(400))]
# Each character alone, and between a letter and two marks out of order. Planes 4 to 13 and the private planes hold nothing.
assigned = [code for code in codes if code < 0x32000 or 0xE0000 <= code < 0xE0200]
hashes = {}
for form in FORMS:
    digest = hashlib.sha256()
    for code in assigned:
        digest.update(unicodedata.normalize(form, chr(code)).encode("utf-8"))
        digest.update(b"\n")
        digest.update(unicodedata.normalize(form, "a" + chr(code) + "\u0301\u0323").encode("utf-8"))
        digest.update(b"\n")
    hashes[form] = digest.hexdigest()
print(json.dumps({"unicode": unicodedata.unidata_version, "forms": FORMS, "hashes": hashes, "cases": cases}, separators=(",", ":")).replace('],["', '],\n["'))
