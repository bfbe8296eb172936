#!/bin/sh
# Writes DIR/train.tsv (3,000 pairs) and DIR/dev.tsv (200 pairs): digits TAB the same digits backwards, a space between two digits.
# usage: make-data.sh DIR
# The numbers come from x -> 16807 x mod 2^31-1 (Park and Miller 1988), which is exact in every awk: the files are the same everywhere.
set -eu
mkdir -p "${1:?usage: make-data.sh DIR}"
awk -v folder="$1" '
    function draw(n) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * n) }
    BEGIN {
        x = 20170612
        while (made < 3200) {
            length_ = 2 + draw(5); forward = backward = ""
            for (i = 0; i < length_; i++) { d = draw(10); forward = forward (i ? " " : "") d; backward = d (i ? " " : "") backward }
            if (forward in seen) continue
            seen[forward] = 1
            print forward "\t" backward > (folder (made++ < 3000 ? "/train.tsv" : "/dev.tsv"))
        }
    }'
