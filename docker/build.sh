#!/bin/sh
# Builds the image nutgraf:latest (or $NUTGRAF_IMAGE), its base image included.
# usage: docker/build.sh [OPTION...]     options of docker build, such as --no-cache
set -eu
cd "$(dirname "$0")/.."
docker/base.sh
# The engine does not read our environment: hand over the proxies, if there are any.
proxies=
for name in http_proxy https_proxy no_proxy; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || proxies="$proxies --build-arg $name"
done
# shellcheck disable=SC2086 # words on purpose
exec docker build --force-rm $proxies -t "${NUTGRAF_IMAGE:-nutgraf:latest}" -f docker/Dockerfile "$@" .
