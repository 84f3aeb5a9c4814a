#!/bin/sh
# Builds the image nutgraf:latest (or $NUTGRAF_IMAGE), its base image included.
# usage: [BASE=IMAGE] docker/build.sh [OPTION...]     options of docker build, such as --no-cache
set -eu
cd "$(dirname "$0")/.."
docker/base.sh
# The engine does not read our environment: hand over the base and the proxies, if any are set.
arguments=
for name in BASE http_proxy https_proxy no_proxy; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || arguments="$arguments --build-arg $name"
done
# shellcheck disable=SC2086 # words on purpose
exec docker build --force-rm $arguments -t "${NUTGRAF_IMAGE:-nutgraf:latest}" -f docker/Dockerfile "$@" .
