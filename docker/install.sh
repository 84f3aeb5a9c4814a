#!/bin/sh
# Installs the Debian packages of docker/packages/<list>.txt that are missing.
# usage: docker/install.sh LIST...      e.g. docker/install.sh build test
set -eu

lists=$(dirname "$0")/packages
wanted=$(for list in "$@"; do sed 's/#.*//' "$lists/$list.txt"; done | xargs)

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root=sudo
else
    echo "docker/install.sh: not root, and sudo does not let us in; as root, run:" >&2
    echo "    apt-get update && apt-get install -y$missing" >&2
    exit 1
fi

echo "installing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# env, because sudo drops the variable; no input, so that nothing can ask.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1
}
apt update || echo "docker/install.sh: apt-get update failed; using the lists at hand" >&2
apt install -y --no-install-recommends $missing || {
    tail -n 20 "$log" >&2
    echo "docker/install.sh: apt-get could not install$missing" >&2
    exit 1
}
