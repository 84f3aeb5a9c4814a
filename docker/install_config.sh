#!/bin/sh
# Lays configuration down. A file that was edited there stays; what is new lies beside it as FILE.new.
# usage: docker/install_config.sh FOLDER FILE...     FOLDER/.installed has the sums of what was laid there
set -eu
folder=$1
shift
line_of() { echo "$(sha256sum <"$1" | cut -c1-64)  $2"; }
# lay FILE THERE NAME
lay() {
    if [ ! -e "$2" ] || cmp -s "$1" "$2" || grep -qxF "$(line_of "$2" "$3")" "$sums"; then
        install -m 644 "$1" "$2"
        rm -f "$2.new"
    elif ! grep -qxF "$(line_of "$1" "$3")" "$sums"; then
        install -m 644 "$1" "$2.new"
        echo "$2 was edited and stays; what is new is in $3.new beside it" >&2
    fi
}

sums=$folder/.installed
mkdir -p "$folder"
touch "$sums"
: >"$sums.new"
for file in "$@"; do
    name=${file##*/}
    lay "$file" "$folder/$name" "$name"
    line_of "$file" "$name" >>"$sums.new"
done
mv "$sums.new" "$sums"
