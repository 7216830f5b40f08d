# What the scripts in .ci and tests/setup share. Read with `.`; the reader sets $top, the checkout.

# Say one line to the person who waits. Standard output stays free for the program that is run in the end.
say() {
    printf 'com1d: %s\n' "$*" >&2
}

# End with a reason and what to do about it.
stop() {
    say "$*"
    exit 1
}

# step TEXT COMMAND...: run it quietly, say what is done and how long it took, show its output only if it fails.
step() {
    printf 'com1d: %s ... ' "$1" >&2
    shift
    step_began=$(date +%s)
    set +e # not `if`: there, a function would run on after a command of it that failed
    step_output=$(set -e && "$@" 2>&1 </dev/null)
    step_status=$?
    set -e
    if [ "$step_status" = 0 ]; then
        printf '%d s\n' "$(($(date +%s) - step_began))" >&2
    else
        printf 'failed\n%s\n' "$step_output" >&2
    fi
    return "$step_status"
}

# Run a command as root: directly, or through sudo where it asks nothing or has a person to ask.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }
}

apt_update() {
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
}

apt_get_install() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

# A fresh machine has no package lists, and an old list names packages that are gone: then fetch the lists and try again.
apt_get_install_or_update() {
    apt_get_install "$@" || { apt_update && apt_get_install "$@"; }
}

# apt_install PACKAGE...: install those that are missing.
apt_install() {
    command -v apt-get >/dev/null ||
        stop "this machine has no apt-get; install what Debian calls: $*. Then run this again."
    apt_missing=
    for apt_package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$apt_package" 2>/dev/null)" = installed ] ||
            apt_missing="$apt_missing $apt_package"
    done
    [ -n "$apt_missing" ] || return 0
    can_be_root ||
        stop "as root, run: apt-get update && apt-get install --no-install-recommends$apt_missing; then try again."
    # shellcheck disable=SC2086 # one word each
    step "installing system packages:$apt_missing" apt_get_install_or_update $apt_missing
}
