#!/usr/bin/env bash
# Tests of ./pellucid in a copy of its own, with a `dotnet` that only pretends: it logs each build and makes a tool that echoes.
# Prints `ok NAME` or `not ok NAME` a line; fails when any does.
set -uo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
box=$(mktemp -d) && trap 'rm -rf "$box"' EXIT
root="$box/a folder/repo"
failures=0

prepare() {
    rm -rf "$root" "$box/builds"
    mkdir -p "$root/.ci" "$root/src/Pellucid.Cli" "$box/sdk/sdk"
    cp "$source/pellucid" "$root/"
    cp "$source/.ci/sdk.sh" "$root/.ci/"
    echo 'return 0;' > "$root/src/Pellucid.Cli/Program.cs"
    echo 'return 1;' > "$root/src/Pellucid.Cli/Other.cs"
    echo '<Project/>' > "$root/Directory.Build.props"
    find "$root" -exec touch -d '1 hour ago' {} + 2>/dev/null || find "$root" -exec touch -A -010000 {} +
    touch "$box/builds"
    rm -f "$box/broken" "$box/no-crossgen" "$box/old"
}

cat > "$box/dotnet" <<'FAKE'
#!/bin/sh
box=${0%/*}
if [ "$1" = --list-sdks ]; then
    if [ -f "$box/old" ]; then echo "9.0.100 [$box/sdk/sdk]"; else echo "10.0.100 [$box/sdk/sdk]"; fi
    exit
fi
echo "$*" >> "$box/builds"
[ -f "$box/broken" ] && { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
case "$*" in *ReadyToRun*) [ -f "$box/no-crossgen" ] && { echo 'error NU1101: microsoft.netcore.app.crossgen2 not found'; exit 1; } ;; esac
while [ "$1" != -o ]; do shift; done
mkdir -p "$2"
sleep 0.2
printf '#!/bin/sh\nprintf "<%%s>" "$@"\ncat\n' > "$2/Pellucid.Cli"
chmod +x "$2/Pellucid.Cli"
FAKE
chmod +x "$box/dotnet"
export PATH="$box:$PATH"
unset DOTNET_ROOT

check() {
    if "${@:2}"; then echo "ok $1"; else echo "not ok $1"; failures=$((failures + 1)); fi
}
pellucid() { "$root/pellucid" "$@" 2> "$box/stderr" < /dev/null; }
builds() { [ "$(wc -l < "$box/builds")" -eq "$1" ]; }
says() { grep -q "$1" "$box/stderr"; }

first_run() { [ "$(pellucid translate 'You are "welcome".' '')" = '<translate><You are "welcome".><>' ] && builds 1 && says 'first run'; }
second_run() { pellucid > "$box/out" && builds 1 && [ ! -s "$box/stderr" ]; }
edited() { touch "$root/src/Pellucid.Cli/Program.cs" && pellucid > /dev/null && builds 2 && pellucid > /dev/null && builds 2; }
deleted() { rm "$root/src/Pellucid.Cli/Other.cs" && pellucid > /dev/null && builds 3; }
props() { touch "$root/Directory.Build.props" && pellucid > /dev/null && builds 4; }
anywhere() {
    ln -s 'a folder/repo/pellucid' "$box/link" && ln -s "$box/link" "$box/link2"
    [ "$(cd / && "$box/link2" x < /dev/null)" = '<x>' ] && [ "$(cd "$root" && ./pellucid x < /dev/null)" = '<x>' ] \
        && [ "$(cd "$root" && sh pellucid x < /dev/null)" = '<x>' ] && builds 4
}
input() { [ "$(printf 'one\ntwo' | "$root/pellucid" x)" = "$(printf '<x>one\ntwo')" ]; }
input_of_first_run() { prepare && [ "$(printf 'one\ntwo' | "$root/pellucid" x 2>/dev/null)" = "$(printf '<x>one\ntwo')" ]; }
concurrent() {
    prepare
    for i in 1 2 3 4; do "$root/pellucid" "$i" > "$box/out$i" 2>/dev/null < /dev/null & done
    wait
    builds 1 && [ "$(cat "$box"/out[1-4])" = '<1><2><3><4>' ]
}
broken() {
    prepare && touch "$box/broken"
    ! pellucid > /dev/null && says 'error CS1002' && ! pellucid > /dev/null && builds 2
    rm "$box/broken" && pellucid > /dev/null && builds 3
}
broken_keeps_trying() { touch "$box/broken" "$root/src/Pellucid.Cli/Program.cs" && ! pellucid > "$box/out" && [ ! -s "$box/out" ]; }
fallback() { prepare && touch "$box/no-crossgen" && [ "$(pellucid x)" = '<x>' ] && builds 2 && says 'without it'; }
no_sdk() {
    prepare && touch "$box/old"
    ! pellucid > /dev/null && says 'needs the .NET 10 SDK' && says 'install-sdk' && [ "$(wc -l < "$box/stderr")" -eq 1 ] && builds 0
}
install() { # by a `curl` that delivers this script, or nothing
    prepare && printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "echo installing \\$*" > "$2"\n' > "$box/curl" && chmod +x "$box/curl"
    [ "$(pellucid --install-sdk)" = "installing --channel 10.0 --install-dir $root/.dotnet --no-path" ] && builds 0
}
offline() {
    printf '#!/bin/sh\nexit 6\n' > "$box/curl"
    ! pellucid --install-sdk && says 'could not download https://dot.net' && [ ! -e "$root/.dotnet/dotnet-install.sh" ]
}
scripts_parse() {
    sh -n "$source/pellucid" && sh -n "$source/.ci/sdk.sh" && sh -n "$source/.ci/chromium.sh" && bash -n "$source/test.sh" && bash -n "$source/.ci/run"
}

prepare
check 'the first run builds, and passes its arguments on as they are' first_run
check 'the second run builds nothing and says nothing' second_run
check 'an edited source is built once' edited
check 'a deleted source is noticed' deleted
check 'changed build properties are noticed' props
check 'any folder, links and names with spaces do' anywhere
check 'standard input reaches the tool' input
check 'standard input reaches the tool after a build' input_of_first_run
check 'four first runs at once build once' concurrent
check 'a failed build shows the errors and is tried again' broken
check 'a failed build never runs the old tool' broken_keeps_trying
check 'without the ahead-of-time compiler it still builds' fallback
check 'without a .NET 10 SDK one line says how to get it' no_sdk
check '--install-sdk runs the official script' install
check 'without a network --install-sdk says so' offline
check 'the scripts parse' scripts_parse
[ "$failures" -eq 0 ]
