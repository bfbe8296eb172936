"""Writes unicode.txt: what Unicode normalisation needs (Unicode Standard Annex #15), from Python's unicodedata.

Run:  python3.13 make_unicode_table.py > unicode.txt      (Python 3.13 has Unicode 15.1.0)

Lines:  c FIRST-LAST CLASS   canonical combining class of a range, where it is not 0
        = CODE FIRST SECOND  canonical decomposition that composition undoes
        : CODE PARTS...      canonical decomposition that composition does not undo
        ~ CODE PARTS...      compatibility decomposition
Hangul syllables are computed, not listed.
"""
import sys
import unicodedata

sys.stdout.reconfigure(encoding="ascii", newline="\n")
print(f"# Unicode {unicodedata.unidata_version}, made by make_unicode_table.py from the Unicode Character Database (Unicode License v3)")

codes = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
start = None
for code in codes + [0x110000]:
    current = unicodedata.combining(chr(code)) if code < 0x110000 else 0
    if start is not None and (current != value or code != last + 1):
        print(f"c {start:04X}-{last:04X} {value}")
        start = None
    if current and start is None:
        start, value = code, current
    last = code

for code in codes:
    mapping = unicodedata.decomposition(chr(code))
    if not mapping or 0xAC00 <= code <= 0xD7A3:
        continue
    parts = mapping.split()
    if parts[0].startswith("<"):
        print("~", f"{code:04X}", *parts[1:])
    elif len(parts) == 2 and unicodedata.normalize("NFC", chr(code)) == chr(code):
        print("=", f"{code:04X}", *parts)
    else:
        print(":", f"{code:04X}", *parts)
