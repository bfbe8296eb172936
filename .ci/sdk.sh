# Sourced by pellucid and test.sh (POSIX sh): finds or installs a .NET 10 SDK.

# find_sdk ROOT: sets `dotnet` and exports DOTNET_ROOT; fails when no .NET 10 SDK is in ROOT/.dotnet, DOTNET_ROOT or PATH.
find_sdk() {
    for dotnet in "$1/.dotnet/dotnet" "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet)"; do
        [ -x "$dotnet" ] || continue
        # A line reads: 10.0.401 [/usr/share/dotnet/sdk]
        DOTNET_ROOT=$("$dotnet" --list-sdks 2>/dev/null | sed -n 's/^10\.0\.[^[]*\[\(.*\)[/\\]sdk\]$/\1/p' | tail -n 1)
        if [ -n "$DOTNET_ROOT" ]; then
            export DOTNET_ROOT
            return 0
        fi
    done
    return 1
}

# One line: how to get the SDK on this platform.
explain_sdk() {
    system=$(uname -s)
    [ -r /etc/os-release ] && system=$(. /etc/os-release && echo "$ID ${ID_LIKE-}")
    case $system in
        ubuntu*) how='sudo apt-get install dotnet-sdk-10.0' ;;
        debian*) how='sudo apt-get install dotnet-sdk-10.0 (from the feed at https://learn.microsoft.com/dotnet/core/install/linux-debian)' ;;
        fedora* | rhel* | centos* | *rhel*) how='sudo dnf install dotnet-sdk-10.0' ;;
        alpine*) how='apk add dotnet10-sdk' ;;
        Darwin) how='brew install --cask dotnet-sdk' ;;
        MINGW* | MSYS* | CYGWIN*) how='winget install Microsoft.DotNet.SDK.10' ;;
        *) how='https://dotnet.microsoft.com/download/dotnet/10.0' ;;
    esac
    echo "pellucid needs the .NET 10 SDK: $how, or: ./pellucid --install-sdk" >&2
}

# install_sdk ROOT: runs Microsoft's own script, which puts the SDK into ROOT/.dotnet.
install_sdk() {
    url=https://dot.net/v1/dotnet-install.sh
    script=$1/.dotnet/dotnet-install.sh
    mkdir -p "$1/.dotnet" || return 1
    if command -v curl >/dev/null; then
        curl -fsSL --retry 2 -o "$script" "$url"
    else
        wget -q -O "$script" "$url"
    fi || {
        rm -f "$script"
        echo "pellucid: could not download $url: check the network connection, or install the .NET 10 SDK by hand from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
        return 1
    }
    bash "$script" --channel 10.0 --install-dir "$1/.dotnet" --no-path
}
