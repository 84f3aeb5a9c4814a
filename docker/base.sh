#!/bin/sh
# Sees to it that the engine has the base image of docker/Dockerfile: the one it has, else
# pulled, else made here with debootstrap (root) from $MIRROR.
set -eu
image=${BASE:-debian:12.12-slim}
suite=bookworm
mirror=${MIRROR:-http://deb.debian.org/debian}

if docker image inspect "$image" >/dev/null 2>&1; then
    exit 0
fi
if timeout 120 docker pull -q "$image" >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
    echo "docker/base.sh: $image cannot be pulled; making it needs root and debootstrap" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
echo "docker/base.sh: making $image from $mirror" >&2
debootstrap --variant=minbase "$suite" "$work/root" "$mirror" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    exit 1
}
cat >"$work/root/etc/apt/sources.list" <<EOF
deb $mirror $suite main
deb $mirror $suite-updates main
deb $mirror-security $suite-security main
EOF
# What the slim image leaves out as well, and what differs from one making to the next.
cd "$work/root"
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* usr/share/doc/* usr/share/man/* \
    usr/share/locale/* var/log/* var/cache/ldconfig/* var/cache/debconf/*-old var/lib/dpkg/*-old \
    etc/*- etc/hostname etc/resolv.conf
: >etc/machine-id
tar --sort=name --mtime=2025-09-05Z --clamp-mtime --numeric-owner -c . |
    docker import --change 'CMD ["bash"]' - "$image" >/dev/null
