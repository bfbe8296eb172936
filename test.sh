#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every test; ends with `N passed, N failed, N skipped`.
# usage: ./test.sh           everything, the kernels' tests four times: as the machine is, without AVX-512, without AVX2, without any vectors
#        ./test.sh Softmax   only the test classes whose name contains Softmax
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. .ci/sdk.sh
. .ci/chromium.sh

passed=0 failed=0 skipped=0
skips=$(mktemp) && log=$(mktemp) && trap 'rm -f "$skips" "$log"' EXIT

finish() {
    if [ -s "$skips" ]; then
        printf '\nSkipped:\n'
        sort -u "$skips"
    fi
    [ $((passed + failed)) -gt 0 ] || failed=1 # a run in which nothing ran has not passed
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
    exit
}

# run_tests TITLE ARGS...: runs the test program and adds its summary to the sums.
run_tests() {
    printf '\n== %s\n' "$1"
    shift
    "$dotnet" artifacts/bin/Pellucid.Tests/release/Pellucid.Tests.dll -noLogo -noColor "$@" < /dev/null 2>&1 | tee "$log"
    local code=${PIPESTATUS[0]} summary total errors failures omitted
    # A line reads:    Pellucid.Tests  Total: 84, Errors: 0, Failed: 2, Skipped: 1, Not Run: 0, Time: 1.725s
    summary=$(LC_ALL=C sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+).*/\1 \2 \3 \4 \5/p' "$log" | tail -n 1)
    read -r total errors failures omitted unrun <<< "${summary:-0 0 0 0 0}"
    if [ "$total" -eq 0 ] || { [ "$code" -ne 0 ] && [ $((errors + failures)) -eq 0 ]; }; then
        echo "no test ran, or the test program crashed (exit code $code)"
        errors=$((errors + 1))
    fi
    passed=$((passed + total - failures - omitted - unrun))
    failed=$((failed + failures + errors))
    skipped=$((skipped + omitted))
    grep -a -A 1 ' \[SKIP\]$' "$log" | LC_ALL=C sed -e '/^--$/d' -e 's/^ */  /' -e 's/ \[SKIP\]$/:/' | paste -d '\0' - - >> "$skips"
}

budget() {
    printf '\n== Complexity: lines per project, largest file\n'
    local project
    for project in src/*/ tests/*/; do
        find "$project" -name '*.cs' -exec wc -l {} + | awk -v project="${project%/}" '
            $2 != "total" { lines += $1; files++; if ($1 > most) { most = $1; largest = $2 } }
            END { sub(project "/", "", largest); printf "%7d lines %4d files  %-24s %5d %s\n", lines, files, project, most, largest }'
    done
}

find_sdk . || {
    explain_sdk
    failed=1
    finish
}

echo '== Build, warnings as errors'
if ! "$dotnet" build Pellucid.slnx -c Release -v q -nologo -clp:NoSummary < /dev/null; then
    failed=1
    finish
fi

if [ $# -gt 0 ]; then
    run_tests "Classes named *$1*" -class "*$1*"
    finish
fi

budget
printf '\n== Launcher\n'
.ci/launcher-tests.sh | tee "$log"
ok=$(grep -c '^ok ' "$log") bad=$(grep -c '^not ok ' "$log")
[ "$ok" -gt 0 ] || bad=$((bad + 1))
passed=$((passed + ok)) failed=$((failed + bad))

# The real tool once: the first run builds it if it must, the second builds nothing and says nothing.
if ./pellucid --version < /dev/null && said=$(./pellucid --version 2>&1 > /dev/null < /dev/null) && [ -z "$said" ]; then
    echo 'ok ./pellucid --version, twice'
    passed=$((passed + 1))
else
    echo "not ok ./pellucid --version, twice ${said-}"
    failed=$((failed + 1))
fi

install_chromium
run_tests 'Everything'
kernels='Pellucid.Tests.Tensors.Kernels'
# The names of .NET 10's switches; a test among the kernels' checks that each took effect.
for switch in DOTNET_EnableAVX512 DOTNET_EnableAVX2 DOTNET_EnableHWIntrinsic; do
    export "$switch=0"
    run_tests "Kernels with $switch=0" -namespace "$kernels" -namespace "$kernels.*"
    unset "$switch"
done
finish
