#!/usr/bin/env bash
# Runs the commands of the README in an empty folder and compares what they print, then looks whether the options,
# commands, targets and files that the documents name exist. Needs a built caisson: the first argument, or the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$(realpath "${1:-.build/debug/caisson}")
unset DATABASE_URL "${!PG@}"
documents=(README.md CONTRIBUTING.md docs/*.md)
failures=0
fail() {
    printf 'check-readme: %s\n' "$*" >&2
    failures=$((failures + 1))
}

work=$(mktemp -d)
mkdir "$work/bin" "$work/blocks" "$work/members"
ln -s "$tool" "$work/bin/caisson"
PATH=$work/bin:$PATH

clean_up() {
    cd "$work/members"
    caisson server stop --quiet
    rm -rf "$(caisson server status --json | sed 's/.*"folder":"\([^"]*\)".*/\1/')" "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# MARK: The commands and what they print

# Blocks of sh become 1.sh, 2.sh, …; a block of text right behind one is what it is to print.
awk -v folder="$work/blocks" '
    /^```$/ { file = ""; next }
    /^```sh$/ { file = folder "/" ++number ".sh"; next }
    /^```text$/ { file = folder "/" number ".text"; next }
    file { print > file }' README.md

# Takes out what differs from run to run: times, the number of chunks, the folder of the server.
mask() {
    sed -E -e 's/[0-9]+(\.[0-9]+)? (ms|s|min)( |$)/TIME\3/g' -e 's/[0-9]+ chunks/N chunks/' -e 's#/var/tmp/.*#FOLDER#' \
        -e 's/"seconds":[0-9.]+/"seconds":N/; s/"chunks":[0-9]+/"chunks":N/; s/"applied_at":"[^"]*"/"applied_at":"T"/' "$1"
}

number=1
while [ -e "$work/blocks/$number.sh" ]; do
    block=$work/blocks/$number
    if ! (cd "$work/members" && bash -eu "$block.sh" >"$block.out" 2>&1); then
        fail "block $number of README.md failed:"
        cat "$block.out" >&2
    elif [ -e "$block.text" ] && ! diff -u <(mask "$block.text") <(mask "$block.out") >&2; then
        fail "block $number of README.md prints something else than the README says"
    fi
    number=$((number + 1))
done
[ "$number" -gt 3 ] || fail "README.md has fewer blocks of sh than expected"

# MARK: Names

# The commands that `caisson … --help` lists, those of a group with its name in front.
subcommands() { caisson help "$@" | sed -n '/^SUBCOMMANDS/,$s/^  \([a-z][a-z]*\)  .*/\1/p'; }

commands=()
for group in $(subcommands); do
    commands+=("$group")
    for command in $(subcommands "$group"); do commands+=("$group $command"); done
done
# The help of import is that of the command which its name stands for.
commands+=("import status")
# shellcheck disable=SC2086  # words of their own
for command in "${commands[@]}"; do caisson $command --help; done >"$work/help"

# Everything in the given files that looks like this, once.
mentions() { grep -ohE -- "$1" "${@:2}" | tr -d '`()' | sort -u || true; }

check_names() {
    local option group command target document name
    grep -hv 'swift build' "${documents[@]}" | mentions '(^|[ `(])--[a-z][a-z-]+' - | tr -d ' ' | sort -u | while read -r option; do
        grep -qE -- "(^|[ [/])$option([] ,/]|$)" "$work/help" || echo "no command has the option $option"
    done
    mentions 'caisson (migrate|backfill|server) [a-z]+' "${documents[@]}" | while read -r _ group command; do
        printf '%s\n' "${commands[@]}" | grep -qx "$group $command" || echo "there is no caisson $group $command"
    done
    mentions '(^|`)make [a-z]+' "${documents[@]}" | while read -r _ target; do
        grep -q "^$target:" Makefile || echo "there is no make $target"
    done
    for document in "${documents[@]}"; do
        mentions '\]\([^):#]+\)' "$document" | tr -d ']' | while read -r name; do
            [ -e "$(dirname "$document")/$name" ] || echo "$document links to $name, which does not exist"
        done
        mentions "$paths" "$document" | while read -r name; do
            [ -e "$name" ] || echo "$document names $name, which does not exist"
        done
    done
}

# shellcheck disable=SC2016  # no command substitution, the backticks of Markdown
paths='`(Sources|Tests|scripts|docs|migrations|backfills|data|Benchmarks|\.ci)/[A-Za-z0-9_./+-]*`'
check_names >"$work/problems"
while read -r problem; do fail "$problem"; done <"$work/problems"
[ "$failures" -eq 0 ] || exit 1
echo "check-readme: the README's commands work and print what it says; options, commands and files exist"
