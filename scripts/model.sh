#!/usr/bin/env bash
# Checks model/backfill.pml, the protocol by which workers share the ranges of a backfill, with spin. It must hold as it is, and fail
# where a guard is taken out that nothing else stands in for. Every search is exhaustive; all of them take some minutes.
#
# `make model SEARCH='no look-up'` runs the searches whose name has these words, and shows the steps that lead to a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

model=$PWD/model/backfill.pml
folder=$PWD/.build/model

# name | what is to come out | what is looked for: errors in states, or cycles | options of the model
#
# What comes out: `holds`; `twice`, a key is applied a second time; `left out`, the run is completed without a key; `not the owner`, a
# commit under an epoch or for an owner that the range no longer has; `no end`, a cycle, or a wait for nothing.
searches=(
    "as it is: 4 keys, a crash, a lost connection|holds|states|-DKEYS=4 -DERRORS=0"
    "as it is: 2 crashes, an error|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0"
    "as it is: a lost connection, an error|holds|states|-DKEYS=3 -DCRASHES=0"
    "as it is: 2 ranges at the start|holds|states|-DKEYS=4 -DRANGES_AT_START=2 -DSPLITS=0 -DERRORS=0"
    "as it is: synchronous commits lost|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DLOSE_SYNCHRONOUS"
    "as it is, every run ends: 2 crashes|holds|cycles|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0"
    "as it is, every run ends: a lost connection|holds|cycles|-DKEYS=3 -DCRASHES=0 -DERRORS=0"

    "no re-reading, no cursor|left out|states|-DKEYS=3 -DERRORS=0 -DNO_REREAD -DNO_CURSOR"
    "no look-up, no cursor|twice|states|-DKEYS=3 -DERRORS=0 -DNO_LOOKUP -DNO_CURSOR"
    "no epoch, owner, cursor|not the owner|states|-DKEYS=3 -DERRORS=0 -DNO_EPOCH -DNO_OWNER -DNO_CURSOR"
    "no epoch, owner, cursor: the data|twice|states|-DKEYS=3 -DERRORS=0 -DNO_EPOCH -DNO_OWNER -DNO_CURSOR -DONLY_DATA"
    "no epoch: the data|twice|states|-DKEYS=3 -DCRASHES=0 -DERRORS=0 -DNO_EPOCH -DONLY_DATA"
    "re-reading without the lock, no cursor|twice|states|-DKEYS=3 -DERRORS=0 -DREAD_ONLY -DNO_CURSOR"
    "a Sync behind COMMIT, no cursor|left out|states|-DKEYS=3 -DLOSSES=0 -DSYNC_BEHIND_COMMIT -DNO_CURSOR"
    "no re-reading, look-up, owner; synchronous lost|not the owner|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DNO_REREAD -DNO_LOOKUP -DNO_OWNER -DLOSE_SYNCHRONOUS"
    "no row, tried again from memory|no end|cycles|-DKEYS=3 -DCRASHES=0 -DERRORS=0 -DNO_ROW_TRIES_AGAIN"

    "no re-reading|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DNO_REREAD"
    "no look-up|holds|states|-DKEYS=3 -DCRASHES=0 -DERRORS=0 -DNO_LOOKUP"
    "no cursor|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DNO_CURSOR"
    "no re-reading, look-up; synchronous lost|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DNO_REREAD -DNO_LOOKUP -DLOSE_SYNCHRONOUS"
    "no owner; synchronous lost|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DNO_OWNER -DLOSE_SYNCHRONOUS"
    "re-reading without the lock|holds|states|-DKEYS=3 -DCRASHES=0 -DERRORS=0 -DREAD_ONLY"
    "a Sync behind COMMIT|holds|states|-DKEYS=3 -DLOSSES=0 -DSYNC_BEHIND_COMMIT"
    "as it is, no cursor refuses alone: 2 crashes|holds|states|-DKEYS=3 -DCRASHES=2 -DLOSSES=0 -DERRORS=0 -DLOSE_SYNCHRONOUS -DCURSOR_IS_NEVER_ALONE"
    "as it is, no cursor refuses alone: a lost link|holds|states|-DKEYS=3 -DCRASHES=0 -DCURSOR_IS_NEVER_ALONE"
)

say() { printf 'model: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

install_what_is_missing() {
    local -a missing=()
    have spin || missing+=(spin)
    have cc || have gcc || have clang || missing+=(gcc)
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    if have apt-get; then
        as_root apt-get update -q >&2 || say "apt-get update had errors; trying to install all the same"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
    elif have brew; then
        brew install "${missing[@]}" >&2
    else
        die "there is neither apt-get nor brew: install ${missing[*]}, then try again"
    fi
}

compiler() {
    local name
    for name in cc gcc clang; do
        if have "$name"; then echo "$name" && return; fi
    done
}

# What a search came to, from what spin's verifier says; a search that was not finished is never `holds`.
outcome() {
    case $(cat "$1") in
    *"pan:1: assertion violated ((range"*"openEpoch"*) echo "not the owner" ;;
    *"assertion violated ((applied&"*) echo "twice" ;;
    *"assertion violated (applied=="*) echo "left out" ;;
    *"pan:1: non-progress cycle"* | *"pan:1: invalid end state"*) echo "no end" ;;
    *"Search not completed"* | *"max search depth too small"* | *"out of memory"*) echo "not searched to the end" ;;
    *"errors: 0"*) echo "holds" ;;
    *) echo "not understood: see $1" ;;
    esac
}

# Prints `came out|states|seconds` into the search's folder.
search() {
    local number=$1 what options place
    IFS='|' read -r _ _ what options <<<"${searches[$number]}"
    place=$folder/$number
    mkdir -p "$place"
    cd "$place"
    rm -f ./*.trail result
    cp "$model" backfill.pml
    local -a looking=(-DSAFETY) asking=()
    [ "$what" != cycles ] || { looking=(-DNP -DNOFAIR) asking=(-l); }
    # shellcheck disable=SC2086 # the options are words
    spin -a $options backfill.pml >translated 2>&1 || die "spin refuses the model: see $place/translated"
    "$(compiler)" -O2 "${looking[@]}" -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=6000 -o pan pan.c >compiled 2>&1 \
        || die "the verifier does not compile: see $place/compiled"
    ./pan -m100000 -w24 ${asking[@]+"${asking[@]}"} >found 2>&1 || true
    printf '%s|%s|%s\n' "$(outcome found)" "$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' found)" \
        "$(sed -n 's/^pan: elapsed time \([0-9.]*\) seconds/\1/p' found)" >result
}

show_steps() {
    echo
    echo "${searches[$1]%%|*}: the way there (spin -t -p in $folder/$1 shows every step)"
    local options
    IFS='|' read -r _ _ _ options <<<"${searches[$1]}"
    # shellcheck disable=SC2086 # the options are words
    (cd "$folder/$1" && spin -T -t $options backfill.pml | sed -n '/#processes/q; s/^ */    /; p')
}

if [ "${1:-}" = --search ]; then
    search "$2"
    exit
fi

install_what_is_missing
mkdir -p "$folder"
chosen=()
for number in "${!searches[@]}"; do
    case ${searches[$number]%%|*} in *"${SEARCH:-}"*) chosen+=("$number") ;; esac
done
[ ${#chosen[@]} -gt 0 ] || die "no search has \"$SEARCH\" in its name"

started=$SECONDS
# Two at a time: a search is one thread and up to 3 GB.
printf '%s\n' "${chosen[@]}" | xargs -n 1 -P 2 "$0" --search || die "a search could not be made"

failed=0
printf '| %-48s | %-13s | %-13s | %10s | %7s |\n' "the protocol" "aimed at" "came out" states seconds
echo "|---|---|---|---|---|"
for number in "${chosen[@]}"; do
    IFS='|' read -r name wanted _ <<<"${searches[$number]}"
    IFS='|' read -r found states seconds <"$folder/$number/result"
    mark=''
    [ "$found" = "$wanted" ] || { mark='  WRONG' failed=1; }
    printf '| %-48s | %-13s | %-13s | %10s | %7s |%s\n' "$name" "$wanted" "$found" "$states" "${seconds:-0.0}" "$mark"
done
echo
echo "$((SECONDS - started)) seconds in all"
[ -z "${SEARCH:-}" ] || for number in "${chosen[@]}"; do
    [ ! -e "$folder/$number/backfill.pml.trail" ] || show_steps "$number"
done
exit "$failed"
