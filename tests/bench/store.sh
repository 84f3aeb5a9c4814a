#!/bin/sh
# How many articles a second the store takes in and gives up, by batch size, in JSON lines.
#   make bench-store          FOLDER=… puts the store on another disk than that of build/
set -eu
cd "$(dirname "$0")/../.."
program=$NUTGRAF_BUILD/tests/store_bench
folder=$(mktemp -d "${FOLDER:-$NUTGRAF_BUILD}/store-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$NUTGRAF_BUILD/tests"
store=$(ls services/broker/store_*.c | grep -v amqp)
# shellcheck disable=SC2086
"${CC:-cc}" -O2 -std=c11 -D_GNU_SOURCE -pthread -I. -Iservices tests/bench/store_bench.c $store \
    services/runtime/crash.c proto/blob.c proto/fault.c $(pkg-config --libs lmdb libxxhash) -o "$program"
"$program" "$folder" "${BODY:-8192}" "${SECONDS_EACH:-3}"
