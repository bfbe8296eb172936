# Sourced by test.sh (POSIX sh): the browser that the page's tests drive. Playwright drives the system's own; it downloads none.

find_chromium() {
    for browser in "${PELLUCID_CHROMIUM-}" chromium chromium-browser google-chrome; do
        [ -n "$browser" ] && command -v "$browser" >/dev/null && return 0
    done
    return 1
}

# One line says what was done; a machine where it cannot be installed skips the page's tests and says so.
install_chromium() {
    find_chromium && return 0
    if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
        echo 'no chromium here: the tests in a browser will be skipped (apt-get install chromium, or set PELLUCID_CHROMIUM to a browser)'
        return 0
    fi
    echo 'installing chromium for the tests in a browser'
    export DEBIAN_FRONTEND=noninteractive
    { timeout 120 apt-get -q update && timeout 300 apt-get -q -y install --no-install-recommends chromium; } > /dev/null 2>&1 < /dev/null || true
    find_chromium || echo 'chromium could not be installed: the tests in a browser will be skipped'
}
