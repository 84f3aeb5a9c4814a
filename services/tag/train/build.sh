#!/bin/sh
# Makes services/tag/model/tag.model anew: sh services/tag/train/build.sh [DATA]
# Wants gcc, Jansson and ICU, and the programs built (build/libnutgraf.a). Takes a minute.
set -eu
cd "$(dirname "$0")/../../.."
data=${1:-../shared/data}
work=build/tag-train
mkdir -p "$work"
modules="kinds tokens model gazetteer features labels"
# shellcheck disable=SC2046
gcc -O3 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -Iservices \
    $(for m in $modules; do echo "services/tag/$m.c"; done) services/tag/train/train.c \
    build/libnutgraf.a $(pkg-config --cflags --libs jansson icu-uc icu-i18n) -lm -o "$work/train"
/usr/bin/python3 services/tag/train/gazetteer.py "$data/ner/gazetteer" > "$work/names.tsv"
/usr/bin/python3 services/tag/train/prepare.py "$data/ner" > "$work/train.jsonl"
"$work/train" names "$work/names.tsv" "$work/names.model"
"$work/train" learn "$work/names.model" services/tag/model/tag.model 17 12 "$work/train.jsonl"
