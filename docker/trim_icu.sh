#!/bin/sh
# Makes Debian's library of ICU's data anew without what nutgraf never asks for: how languages
# sort, and name currencies, countries, units and time zones. What stays: character sets, normal
# forms, and where words and sentences end. Needs docker/packages/build.txt.
# usage: docker/trim_icu.sh FOLDER     into FOLDER, under the library's own name
set -eu
folder=$1
library=$(realpath "$(gcc -print-file-name=libicudata.so)")
symbol=$(nm -D --defined-only "$library" | sed -n 's/.* \(icudt[0-9]*_dat\)$/\1/p')
version=${symbol#icudt}
version=${version%_dat}
data=icudt${version}l.dat

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
folder=$(realpath "$folder")
cd "$work"
# The library is one constant and nothing else.
objcopy -O binary --only-section=.rodata "$library" "$data"
icupkg -l "$data" |
    grep -E '^(coll|curr|lang|rbnf|region|translit|unit|zone)/|^[a-z]{2,3}(_[A-Za-z0-9]+)*\.res$' >unwanted.lst
# Its entries begin with the name of the file.
mkdir trimmed
icupkg -r unwanted.lst "$data" "trimmed/$data"
gcc -shared -nostdlib -Wl,-soname,"libicudata.so.$version" -x assembler - \
    -o "$folder/${library##*/}" <<ASM
    .section .rodata
    .balign 16
    .globl $symbol
    .type $symbol, @object
$symbol:
    .incbin "trimmed/$data"
    .size $symbol, . - $symbol
    .section .note.GNU-stack, "", @progbits
ASM
