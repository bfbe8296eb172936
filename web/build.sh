#!/usr/bin/env bash
# Builds the page into src/Pellucid.Server/wwwroot. The same sources and package-lock.json give the same bytes.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then npm ci; fi
npm run -s build
gzip -9 -c ../src/Pellucid.Server/wwwroot/page.js | wc -c | awk '{ printf "page.js: %.1f KB compressed of 100\n", $1 / 1000; exit $1 > 100000 }'
